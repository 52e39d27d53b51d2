#include "tests/support/child_process.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace civiclog {

ChildProcess::ChildProcess(const std::filesystem::path& scratch, const std::string& program, std::vector<std::string> arguments,
                           const std::filesystem::path& input)
    : out_(scratch / (std::filesystem::path(program).filename().string() + ".out")),
      error_(scratch / (std::filesystem::path(program).filename().string() + ".error")) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::filesystem::remove(out_);
  std::filesystem::remove(error_);
  child_ = ::fork();
  if (child_ != 0) return;
  ::dup2(::open(input.c_str(), O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  ::dup2(::open(error_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

ChildProcess::~ChildProcess() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

void ChildProcess::signal(int number) const { ::kill(child_, number); }

int ChildProcess::wait(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) == child_) {
      child_ = 0;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 1'000 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return -1;
}

std::string ChildProcess::out() const { return text_of_file(out_); }
std::string ChildProcess::error() const { return text_of_file(error_); }

std::string text_of_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace civiclog
