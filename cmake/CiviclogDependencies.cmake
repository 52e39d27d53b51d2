# Debian 12 packages only. Each becomes an imported target that one layer links.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_package(RocksDB REQUIRED CONFIG)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PISTACHE REQUIRED IMPORTED_TARGET libpistache)
# CRC-32C by the processor's own instruction.
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
# With jansson, whose objects are its keys.
pkg_check_modules(RHONABWY REQUIRED IMPORTED_TARGET librhonabwy jansson)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(ZLIB REQUIRED)
