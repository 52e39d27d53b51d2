#include "query-api/writing/routes.h"

namespace civiclog {
namespace {

Result<Command> post_comment(Writing& writing) {
  const Result<Uuid> target = writing.id_in_path("contribution");
  if (!target) return target.error();
  Fields& fields = writing.fields;
  return PostComment{CommentId{writing.fresh_id()},
                     ContributionId{*target},
                     fields.id_of<struct NameComment>("parent", Need::kOptional),
                     fields.named("stance", kMaxStance, std::optional(Stance::kNeutral)),
                     fields.text("body"),
                     fields.text("source_id", Need::kOptional)};
}

Result<Command> edit_comment(Writing& writing) {
  const Result<Uuid> comment = writing.id_in_path("comment");
  if (!comment) return comment.error();
  return EditComment{CommentId{*comment}, writing.fields.text("body")};
}

Result<Command> retract_comment(Writing& writing) {
  const Result<Uuid> comment = writing.id_in_path("comment");
  if (!comment) return comment.error();
  return RetractComment{CommentId{*comment}};
}

}  // namespace

WriteRoutes comment_writes() {
  return {{.method = Method::kPost, .pattern = "/v1/contributions/{contribution}/comments", .command = post_comment, .creates = true},
          {.method = Method::kPut, .pattern = "/v1/comments/{comment}/body", .command = edit_comment},
          {.method = Method::kPost, .pattern = "/v1/comments/{comment}/retract", .command = retract_comment}};
}

}  // namespace civiclog
