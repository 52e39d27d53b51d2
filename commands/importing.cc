#include "commands/importing.h"

namespace civiclog {
namespace {

constexpr size_t kMaxSourceSize = 256;

}  // namespace

void evolve(ImportState& state, const Fact& fact) {
  if (std::holds_alternative<ImportStarted>(fact.payload)) state.exists = true;
}

Result<Decision> decide(const StartImport& command, const Issuer& issuer, const ImportState& import,
                        const OrganisationState& organisation) {
  if (!issuer.is_system()) return rejected("role_missing", "only the installation imports");
  if (!organisation.exists) return rejected("organisation_unknown", "this organisation is not registered");
  if (import.exists) return rejected("import_exists", "this import has been started already");
  if (command.source.empty() || command.source.size() > kMaxSourceSize) {
    return rejected("source_invalid", "an import names its source in at most 256 bytes");
  }
  return Decision{{stream_of(command.import),
                   {ImportStarted{command.source, command.content_digest, command.imported_at, command.drives_clock,
                                  command.topic, command.attributes.word},
                    acting_system()}}};
}

}  // namespace civiclog
