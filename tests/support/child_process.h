#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace civiclog {

// A program of its own, with its standard output and error in files of a scratch directory. Killed at the end if it still runs.
// One thread.
class ChildProcess {
 public:
  // The files are named after the program. `input`: a file for standard input; empty: none.
  ChildProcess(const std::filesystem::path& scratch, const std::string& program, std::vector<std::string> arguments,
               const std::filesystem::path& input = "/dev/null");
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void signal(int number) const;
  // Exit status; -1 if it did not end in time, 1000 + signal if it was killed.
  int wait(std::chrono::milliseconds patience = std::chrono::seconds(30));
  std::string out() const;
  std::string error() const;

 private:
  const std::filesystem::path out_;
  const std::filesystem::path error_;
  pid_t child_ = 0;
};

std::string text_of_file(const std::filesystem::path& path);

}  // namespace civiclog
