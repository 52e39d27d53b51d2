#include <limits>

#include "query-api/writing/routes.h"

namespace civiclog {
namespace {

Result<Command> cast_ballot(Writing& writing) {
  const Result<Uuid> contribution = writing.id_in_path("contribution");
  if (!contribution) return contribution.error();
  Fields& fields = writing.fields;
  const uint64_t version = fields.number("version", std::numeric_limits<uint32_t>::max());
  return CastBallot{ContributionId{*contribution}, static_cast<uint32_t>(version), fields.named("choice", kMaxChoice)};
}

Result<Command> withdraw_ballot(Writing& writing) {
  const Result<Uuid> contribution = writing.id_in_path("contribution");
  if (!contribution) return contribution.error();
  return WithdrawBallot{ContributionId{*contribution}};
}

}  // namespace

WriteRoutes ballot_writes() {
  constexpr std::string_view kBallot = "/v1/contributions/{contribution}/ballot";
  return {{.method = Method::kPut, .pattern = kBallot, .command = cast_ballot},
          {.method = Method::kDelete, .pattern = kBallot, .command = withdraw_ballot}};
}

}  // namespace civiclog
