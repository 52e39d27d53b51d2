#include "replay-tools/interruption.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <thread>

#include "replay-tools/scratch_folder.h"

namespace civiclog {
namespace {

bool is_ignored(int number) {
  struct sigaction present {};
  return ::sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

[[noreturn]] void end_by(int number) {
  std::fputs("\ncivic-replay: interrupted before it was done; the record is whole, and the same can be asked for again\n", stderr);
  ScratchFolder::remove_all();
  std::signal(number, SIG_DFL);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, number);
  ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  std::raise(number);
  std::_Exit(128 + number);
}

}  // namespace

void watch_for_interruption() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) sigaddset(&signals, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int number = 0;
    if (sigwait(&signals, &number) == 0) end_by(number);
  }).detach();
}

}  // namespace civiclog
