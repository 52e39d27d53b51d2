#include "commands/command.h"

#include <limits>

#include "base/crypto.h"

namespace civiclog {
namespace {

// What each command asks, field by field. `F` is called with every field that is part of it.
// clang-format off
template <class F> void asked(F& f, RegisterOrganisation& c) { f(c.slug, c.name); }
template <class F> void asked(F& f, GrantRole& c) { f(c.organisation, c.participant, c.role); }
template <class F> void asked(F& f, RevokeRole& c) { f(c.organisation, c.participant, c.role, c.reason); }
template <class F> void asked(F& f, Join& c) { f(c.participant, c.source_id); }
template <class F> void asked(F& f, VerifyParticipant& c) { f(c.participant, c.method, c.identity); }
template <class F> void asked(F& f, LaunchTopic& c) { f(c.organisation, c.slug, c.title, c.summary, c.source_id); }
template <class F> void asked(F& f, DefinePhases& c) { f(c.topic, c.phases); }
template <class F> void asked(F& f, SetRules& c) { f(c.topic, c.rules.secrecy, c.rules.pre_moderation, c.rules.kinds, c.reason); }
template <class F> void asked(F& f, OpenPhase& c) { f(c.topic, c.phase, c.reason); }
template <class F> void asked(F& f, ClosePhase& c) { f(c.topic, c.phase, c.reason); }
template <class F> void asked(F& f, ExtendPhase& c) { f(c.topic, c.phase, c.new_end, c.justification); }
template <class F> void asked(F& f, SubmitContribution& c) { f(c.topic, c.kind, c.title, c.body, c.link, c.source_id); }
template <class F> void asked(F& f, ReviseContribution& c) { f(c.contribution, c.revises_version, c.substantive, c.title, c.body); }
template <class F> void asked(F& f, WithdrawContribution& c) { f(c.contribution, c.reason); }
template <class F> void asked(F& f, PostComment& c) { f(c.target, c.parent, c.stance, c.body, c.source_id); }
template <class F> void asked(F& f, EditComment& c) { f(c.comment, c.body); }
template <class F> void asked(F& f, RetractComment& c) { f(c.comment); }
template <class F> void asked(F& f, CastBallot& c) { f(c.contribution, c.contribution_version, c.choice); }
template <class F> void asked(F& f, WithdrawBallot& c) { f(c.contribution); }
template <class F> void asked(F& f, FlagContent& c) { f(c.target, c.ground, c.explanation); }
template <class F> void asked(F& f, DecideModeration& c) { CaseId named = c.opens_case ? CaseId{} : c.moderation_case; f(named, c.target, c.action, c.ground, c.facts, c.policy_ref, c.automated); }
template <class F> void asked(F& f, EraseWords& c) { f(c.author, c.words, c.subject, c.subject_is_organisation, c.reason); }
template <class F> void asked(F& f, StartImport& c) { f(c.source, c.content_digest, c.topic, c.organisation, c.attributes); }
// clang-format on

class CanonicalWriter {
 public:
  template <typename... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  void put(const std::string& v) { out_.text(v); }
  void put(const Text& v) { out_.text(v.text); }
  void put(const Uuid& v) { out_.raw(view(v.bytes)); }
  void put(const Digest& v) { out_.raw(view(v)); }
  template <typename Kind>
  void put(const Id<Kind>& v) { put(v.uuid); }
  void put(Timestamp v) { out_.i64(v.ms); }
  void put(std::optional<uint32_t> v) { out_.u64(v ? *v : std::numeric_limits<uint64_t>::max()); }
  void put(const ModerationTarget& v) { (*this)(v.topic, v.contribution, v.comment); }
  void put(const Phase& v) { (*this)(v.kind, v.allows.submit, v.allows.comment, v.allows.vote, v.starts_at, v.ends_at); }
  template <typename T>
  void put(const std::vector<T>& list) {
    out_.u32(static_cast<uint32_t>(list.size()));
    for (const T& element : list) put(element);
  }
  template <typename T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  void put(T v) {
    out_.u64(static_cast<uint64_t>(v));
  }
  std::string take() { return out_.take(); }

 private:
  ByteWriter out_;
};

class TextCollector {
 public:
  template <typename... Fields>
  void operator()(Fields&... fields) {
    (collect(fields), ...);
  }
  std::vector<Text*> texts;

 private:
  void collect(Text& text) { texts.push_back(&text); }
  template <typename T>
  void collect(T&) {}
};

}  // namespace

CommandId command_id_of(std::string_view subject, std::string_view idempotency_key) {
  const Digest digest = sha256(ByteWriter().text(subject).text(idempotency_key).bytes());
  return {Uuid{ByteReader(view(digest)).array<16>()}};
}

std::string canonical_body(const CommandRequest& request) {
  CanonicalWriter out;
  out(request.issuer.kind, request.issuer.participant, request.command.index());
  out(request.occurred_at.has_value(), request.occurred_at.value_or(Timestamp{}));
  Command copy = request.command;  // asked() takes fields by reference, for collecting as for writing.
  std::visit([&out](auto& command) { asked(out, command); }, copy);
  return out.take();
}

std::vector<Text*> texts_of(Command& command) {
  TextCollector collector;
  std::visit([&collector](auto& asked_for) { asked(collector, asked_for); }, command);
  return collector.texts;
}

OrganisationId organisation_id_of(std::string_view slug) { return {make_imported_uuid("civiclog", "organisation", slug)}; }
TopicId topic_id_of(std::string_view slug) { return {make_imported_uuid("civiclog", "topic", slug)}; }

}  // namespace civiclog
