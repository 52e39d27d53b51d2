# civiclog_library(NAME folder SOURCES ... PUBLIC ... PRIVATE ...)
# One static library per layer. PUBLIC are the layers and packages its headers include;
# PRIVATE are those only its sources include.
function(civiclog_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  string(REPLACE "-" "_" target ${ARG_NAME})
  add_library(civiclog_${target} STATIC ${ARG_SOURCES})
  target_include_directories(civiclog_${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(civiclog_${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# civiclog_test(NAME name SOURCES ... LINKS ... [LABELS ...] [TIMEOUT seconds])
# One GoogleTest binary, registered with CTest as one test.
function(civiclog_test)
  cmake_parse_arguments(ARG "" "NAME;TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/support/tsan_suppressions.cc)
  target_include_directories(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LINKS} GTest::gmock GTest::gtest GTest::gtest_main)
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME})
  set_tests_properties(${ARG_NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
