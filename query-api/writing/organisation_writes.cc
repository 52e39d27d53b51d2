#include "query-api/writing/routes.h"

namespace civiclog {
namespace {

Result<Command> register_organisation(Writing& writing) {
  Fields& fields = writing.fields;
  return RegisterOrganisation{fields.text("slug"), fields.text("name")};
}

Result<Command> grant_role(Writing& writing) {
  Fields& fields = writing.fields;
  return GrantRole{writing.organisation_in_path(), fields.id_of<struct NameParticipant>("participant"), fields.named("role", kMaxRole)};
}

Result<Command> revoke_role(Writing& writing) {
  Fields& fields = writing.fields;
  return RevokeRole{writing.organisation_in_path(), fields.id_of<struct NameParticipant>("participant"), fields.named("role", kMaxRole),
                    fields.text("reason")};
}

}  // namespace

WriteRoutes organisation_writes() {
  return {{.method = Method::kPost, .pattern = "/v1/organisations", .command = register_organisation, .creates = true, .bootstraps = true},
          {.method = Method::kPost, .pattern = "/v1/organisations/{organisation}/roles", .command = grant_role, .bootstraps = true},
          {.method = Method::kPost,
           .pattern = "/v1/organisations/{organisation}/roles/revoke",
           .command = revoke_role,
           .bootstraps = true}};
}

}  // namespace civiclog
