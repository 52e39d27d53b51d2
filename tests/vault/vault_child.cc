#include <csignal>
#include <cstdio>
#include <string>

#include <unistd.h>

#include "vault/vault.h"

// The other process of the vault's tests: `vault_child open|put-and-die DIRECTORY LOG`.
// Exit status: 0 done, 3 in use, 1 anything else; the error's message goes to standard output.

namespace civiclog {
namespace {

int report(const Error& error) {
  std::puts(error.message.c_str());
  return error.code == ErrorCode::kUnavailable ? 3 : 1;
}

Uuid numbered(uint8_t number) {
  Uuid out;
  out.bytes[0] = 0x40;
  out.bytes[15] = number;
  return out;
}

// Words 1 to 3 by commands 1 to 3; 1 is confirmed; then an end that leaves no time to tidy up.
int put_and_die(Vault& vault) {
  for (uint8_t number = 1; number <= 3; ++number) {
    const Word word{{numbered(number)}, numbered(100), {}, "Word number " + std::to_string(number),
                    {numbered(number)}};
    const Status status = vault.put({&word, 1}, Timestamp{1000});
    if (!status) return report(status.error());
  }
  const WordId first{numbered(1)};
  if (Status status = vault.confirm({&first, 1}); !status) return report(status.error());
  ::kill(::getpid(), SIGKILL);
  return 1;
}

int run(const std::string& verb, const std::string& directory, const std::string& log) {
  const std::optional<Uuid> id = parse_uuid(log);
  if (!id) return report(invalid_argument("That is not the id of a log."));
  const Result<std::unique_ptr<Vault>> vault = Vault::open(directory, LogId{*id});
  if (!vault) return report(vault.error());
  return verb == "put-and-die" ? put_and_die(**vault) : 0;
}

}  // namespace
}  // namespace civiclog

int main(int count, char** arguments) {
  if (count != 4) return 2;
  return civiclog::run(arguments[1], arguments[2], arguments[3]);
}
