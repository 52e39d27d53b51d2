#include "tests/projections/recount.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "events/payload_codec.h"

namespace civiclog {
namespace {

// Everything is looked up in plain lists: slow, and hard to get wrong.
struct Plain {
  std::vector<std::pair<Envelope, Payload>> events;

  template <typename Event, typename Take>
  void each(Take take) const {
    for (const auto& [envelope, payload] : events) {
      if (const auto* event = std::get_if<Event>(&payload)) take(*event, envelope);
    }
  }
};

bool shown(ItemStatus status, bool pre_moderated) {
  if (status == ItemStatus::kPublished) return true;
  return status == ItemStatus::kPending && !pre_moderated;
}

void count_organisations(const Plain& plain, Picture& picture) {
  std::string order;
  plain.each<OrganisationRegistered>([&](const OrganisationRegistered& event, const Envelope& at) {
    const std::string id = at.stream.id.text();
    order += id + " ";
    uint64_t changed = at.position.value;
    std::map<ParticipantId, std::vector<std::pair<Role, uint64_t>>> held;
    for (const auto& [envelope, payload] : plain.events) {
      if (envelope.stream != at.stream) continue;
      if (const auto* granted = std::get_if<RoleGranted>(&payload)) {
        auto& roles = held[granted->participant];
        const bool has = std::any_of(roles.begin(), roles.end(), [&](const auto& role) { return role.first == granted->role; });
        if (!has) roles.emplace_back(granted->role, envelope.position.value);
        changed = envelope.position.value;
      }
      const auto* revoked = std::get_if<RoleRevoked>(&payload);
      if (revoked != nullptr && held.contains(revoked->participant)) {
        std::erase_if(held[revoked->participant], [&](const auto& role) { return role.first == revoked->role; });
        changed = envelope.position.value;
      }
    }
    for (const auto& [participant, roles] : held) {
      std::string words;
      for (const auto& [role, since] : roles) words += fmt::format("{}@{} ", name_of(role), since);
      if (!words.empty()) picture["roles " + id + " " + participant.text()] = words;
    }
    picture["organisation " + id] = fmt::format("{} {} {} {}", event.slug, event.name.id.text(), at.position.value, changed);
  });
  picture["organisations"] = order;
}

constexpr int kNoPhase = -1;

std::string phases_of(const Plain& plain, const StreamId& topic, int& current) {
  std::vector<Phase> phases;
  std::map<uint16_t, uint64_t> opened;
  std::map<uint16_t, uint64_t> closed;
  for (const auto& [envelope, payload] : plain.events) {
    if (envelope.stream != topic) continue;
    if (const auto* defined = std::get_if<PhasesDefined>(&payload)) phases = defined->phases;
    if (const auto* open = std::get_if<PhaseOpened>(&payload)) opened[open->phase] = envelope.position.value, current = open->phase;
    if (const auto* close = std::get_if<PhaseClosed>(&payload)) {
      closed[close->phase] = envelope.position.value;
      if (current == close->phase) current = kNoPhase;
    }
    if (const auto* longer = std::get_if<PhaseExtended>(&payload)) phases.at(longer->phase).ends_at = longer->new_end;
  }
  std::string words;
  for (uint16_t i = 0; i < phases.size(); ++i) {
    words += fmt::format("{}:{}-{}:{}-{} ", name_of(phases[i].kind), phases[i].starts_at.ms, phases[i].ends_at.ms, opened[i], closed[i]);
  }
  return words;
}

void count_topics(const Plain& plain, Picture& picture) {
  std::string order;
  plain.each<TopicLaunched>([&](const TopicLaunched& event, const Envelope& at) {
    const std::string id = at.stream.id.text();
    order += id + " ";
    picture["topics of " + event.organisation.text()] += id + " ";
    int current = kNoPhase;
    const std::string phases = phases_of(plain, at.stream, current);
    std::string box = "none";
    Rules rules;
    uint64_t changed = at.position.value;
    for (const auto& [envelope, payload] : plain.events) {
      if (const auto* started = std::get_if<ImportStarted>(&payload); started && started->topic.uuid == at.stream.id) {
        picture["import " + id] = fmt::format("{} {} {}", envelope.stream.id.text(), started->source, envelope.position.value);
      }
      if (envelope.stream != at.stream) continue;
      if (const auto* opened = std::get_if<BoxOpened>(&payload)) box = fmt::format("{} {} {}", opened->box.text(), name_of(opened->secrecy), envelope.position.value);
      if (const auto* closed = std::get_if<BoxClosed>(&payload); closed && box.starts_with(closed->box.text())) {
        box = box.substr(0, box.find(" closed")) + fmt::format(" closed {}", envelope.position.value);
      }
      if (const auto* set = std::get_if<RulesSet>(&payload)) rules = set->rules;
      changed = envelope.position.value;
    }
    picture["topic " + id] = fmt::format("{} {} {} {} {} | {}| {} | {} | {} {} | {}", event.organisation.text(), event.slug, event.title.id.text(),
                                         event.source_id, at.happened_at().ms, phases, current == kNoPhase ? "none" : std::to_string(current), box,
                                         name_of(rules.secrecy), rules.pre_moderation, changed);
  });
  picture["topics"] = order;
}

struct PlainItem {
  TopicId topic;
  ItemStatus status = ItemStatus::kPending;
  bool pre_moderated = false;
};

std::map<ContributionId, PlainItem> statuses(const Plain& plain) {
  std::map<ContributionId, PlainItem> out;
  for (const auto& [envelope, payload] : plain.events) {
    const ContributionId id{envelope.stream.id};
    if (const auto* event = std::get_if<ContributionSubmitted>(&payload)) out[id] = {event->topic, ItemStatus::kPending, event->pre_moderated};
    if (const auto* event = std::get_if<ContributionModerated>(&payload)) out[id].status = event->status;
    if (std::holds_alternative<ContributionWithdrawn>(payload)) out[id].status = ItemStatus::kWithdrawn;
  }
  return out;
}

void count_contributions(const Plain& plain, Picture& picture) {
  std::map<ContributionId, PlainItem> items = statuses(plain);
  std::map<TopicId, std::map<ContributionKind, uint64_t>> visible;
  std::map<TopicId, uint64_t> submitted;
  plain.each<ContributionSubmitted>([&](const ContributionSubmitted& event, const Envelope& at) {
    const ContributionId id{at.stream.id};
    const PlainItem& item = items[id];
    picture["contributions of " + event.topic.text()] += id.text() + " ";
    ++submitted[event.topic];
    visible[event.topic][event.kind] += shown(item.status, item.pre_moderated) ? 1 : 0;
    uint32_t version = 1;
    std::string title = event.title.id.text();
    uint64_t changed = at.position.value;
    std::string moderated = "never";
    for (const auto& [envelope, payload] : plain.events) {
      if (envelope.stream != at.stream) continue;
      changed = envelope.position.value;
      if (const auto* revised = std::get_if<ContributionRevised>(&payload)) version = revised->version, title = revised->title.id.text();
      if (const auto* decided = std::get_if<ContributionModerated>(&payload)) moderated = fmt::format("{} {}", decided->moderation_case.text(), envelope.position.value);
    }
    picture["contribution " + id.text()] = fmt::format("{} {} v{} {} by {} {} '{}' {} {} {}", name_of(event.kind), name_of(item.status), version, title,
                                                       at.actor.id.text(), name_of(at.actor.role), event.source_id, at.position.value, moderated, changed);
  });
  for (const auto& [topic, count] : submitted) {
    std::string words = fmt::format("of {}:", count);
    for (int kind = 1; kind <= 5; ++kind) words += fmt::format(" {}", visible[topic][static_cast<ContributionKind>(kind)]);
    picture["visible contributions " + topic.text()] = words;
  }
}

struct PlainVote {
  Choice choice;
  uint32_t version;
  uint64_t first;
  uint64_t last;
};

void count_ballots(const Plain& plain, Picture& picture) {
  std::map<std::tuple<BoxId, Tag, ContributionId>, PlainVote> standing;
  std::map<ContributionId, std::array<uint64_t, 4>> acts;
  std::map<BoxId, std::array<uint64_t, 4>> box_acts;
  std::set<std::pair<BoxId, Tag>> ever;
  for (const auto& [envelope, payload] : plain.events) {
    const BoxId box{envelope.stream.id};
    const Tag tag{envelope.stream.tag};
    const auto act = [&, at = envelope.position.value](ContributionId about, size_t which, std::optional<Choice> choice, uint32_t version) {
      ++acts[about][which];
      ++box_acts[box][which];
      ever.emplace(box, tag);
      const std::tuple key{box, tag, about};
      if (!choice) {
        standing.erase(key);
        return;
      }
      const uint64_t first = standing.contains(key) ? standing.at(key).first : at;
      standing.insert_or_assign(key, PlainVote{*choice, version, first, at});
    };
    if (const auto* event = std::get_if<BallotCast>(&payload)) act(event->contribution, 0, event->choice, event->contribution_version);
    if (const auto* event = std::get_if<BallotChanged>(&payload)) act(event->contribution, 1, event->choice, event->contribution_version);
    if (const auto* event = std::get_if<BallotReaffirmed>(&payload)) act(event->contribution, 2, event->choice, event->contribution_version);
    if (const auto* event = std::get_if<BallotWithdrawn>(&payload)) act(event->contribution, 3, {}, 0);
  }
  plain.each<ContributionSubmitted>([&](const ContributionSubmitted&, const Envelope& at) {
    const ContributionId id{at.stream.id};
    std::map<Choice, int> sums;
    for (const auto& [key, vote] : standing) sums[vote.choice] += std::get<2>(key) == id ? 1 : 0;
    const auto& a = acts[id];
    picture["tally " + id.text()] = fmt::format("{} {} {} ({} {} {} {})", sums[Choice::kAgree], sums[Choice::kDisagree], sums[Choice::kPass], a[0], a[1], a[2], a[3]);
  });
  plain.each<BoxOpened>([&](const BoxOpened& event, const Envelope&) {
    std::map<Tag, int> voters;
    size_t votes = 0;
    for (const auto& [key, vote] : standing) {
      if (std::get<0>(key) != event.box) continue;
      ++votes;
      ++voters[std::get<1>(key)];
      picture[fmt::format("cell {} {} {}", event.box.text(), std::get<1>(key).text(), std::get<2>(key).text())] =
          fmt::format("{} v{} {} {}", name_of(vote.choice), vote.version, vote.first, vote.last);
    }
    for (const auto& [box, tag] : ever) {
      if (box == event.box) picture["voter " + box.text() + " " + tag.text()] = std::to_string(voters[tag]);
    }
    std::erase_if(voters, [](const auto& voter) { return voter.second == 0; });
    const auto& a = box_acts[event.box];
    picture["box " + event.box.text()] = fmt::format("voters {} votes {} ({} {} {} {})", voters.size(), votes, a[0], a[1], a[2], a[3]);
  });
}

struct PlainComment {
  CommentId id;
  CommentPosted posted;
  uint64_t position;
  ItemStatus status = ItemStatus::kPublished;
  uint32_t version = 1;
  uint64_t changed;
};

void walk_thread(const std::vector<PlainComment>& all, CommentId parent, ContributionId target, std::string& out) {
  for (const PlainComment& comment : all) {
    if (comment.posted.parent != parent || comment.posted.target != target) continue;
    out += comment.id.text() + " ";
    walk_thread(all, comment.id, target, out);
  }
}

void count_comments(const Plain& plain, Picture& picture) {
  std::vector<PlainComment> all;
  plain.each<CommentPosted>([&](const CommentPosted& event, const Envelope& at) {
    PlainComment comment{CommentId{at.stream.id}, event, at.position.value, ItemStatus::kPublished, 1, at.position.value};
    for (const auto& [envelope, payload] : plain.events) {
      if (envelope.stream != at.stream) continue;
      comment.changed = envelope.position.value;
      if (const auto* moderated = std::get_if<CommentModerated>(&payload)) comment.status = moderated->status;
      if (std::holds_alternative<CommentRetracted>(payload)) comment.status = ItemStatus::kWithdrawn;
      if (const auto* edited = std::get_if<CommentEdited>(&payload)) comment.version = edited->version;
    }
    all.push_back(comment);
    picture["comments of " + event.topic.text()] += comment.id.text() + " ";
    picture["comment " + comment.id.text()] = fmt::format("on {} {} depth {} {} {} v{} '{}' {} {}", event.target.text(), event.parent.text(), event.depth, name_of(event.stance),
                                                          name_of(comment.status), comment.version, event.source_id, comment.position, comment.changed);
  });
  std::map<TopicId, std::pair<uint64_t, uint64_t>> counts;
  for (const auto& [id, item] : statuses(plain)) {
    uint64_t visible = 0;
    uint64_t posted = 0;
    for (const PlainComment& comment : all) {
      if (comment.posted.target != id) continue;
      ++posted;
      if (shown(comment.status, false)) ++visible;
    }
    if (posted == 0) continue;
    walk_thread(all, {}, id, picture["thread " + id.text()]);
    picture["comments on " + id.text()] = fmt::format("{} of {}", visible, posted);
    counts[item.topic].first += shown(item.status, item.pre_moderated) ? visible : 0;
    counts[item.topic].second += posted;
  }
  for (const auto& [topic, count] : counts) picture["comment counts " + topic.text()] = fmt::format("{} of {}", count.first, count.second);
}

void count_rest(const Plain& plain, Picture& picture) {
  std::map<Uuid, OrganisationId> homes;
  for (const auto& [envelope, payload] : plain.events) {
    const std::string at = std::to_string(envelope.position.value) + " ";
    if (const auto* launched = std::get_if<TopicLaunched>(&payload)) homes[envelope.stream.id] = launched->organisation;
    if (envelope.stream.kind == StreamKind::kBallot) continue;
    picture["activity"] += at;
    std::optional<Uuid> topic;
    if (envelope.stream.kind == StreamKind::kTopic) topic = envelope.stream.id;
    std::visit([&](const auto& event) {
      if constexpr (requires { event.topic; }) topic = event.topic.uuid;
      if constexpr (requires { event.target.topic; }) topic = event.target.topic.uuid;
    }, payload);
    if (topic) picture["activity of " + topic->text()] += at;
    if (topic) picture["activity of " + homes[*topic].text()] += at;
    if (envelope.stream.kind == StreamKind::kOrganisation) picture["activity of " + envelope.stream.id.text()] += at;
    const std::string id = envelope.stream.id.text();
    if (const auto* flagged = std::get_if<ContentFlagged>(&payload)) {
      if (!picture.contains("case " + id)) picture["cases of " + flagged->target.topic.text()] += id + " ";
      picture["case " + id] += fmt::format("flag {} {}", name_of(flagged->ground), at);
    }
    if (const auto* decided = std::get_if<ModerationDecided>(&payload)) {
      if (!picture.contains("case " + id)) picture["cases of " + decided->target.topic.text()] += id + " ";
      picture["case " + id] += fmt::format("{} {} {}", name_of(decided->action), name_of(decided->ground), at);
    }
    if (const auto* joined = std::get_if<ParticipantJoined>(&payload)) {
      picture["participants"] += id + " ";
      picture["participant " + id] = fmt::format("'{}' joined {}", joined->source_id, at);
    }
    if (const auto* verified = std::get_if<ParticipantVerified>(&payload)) {
      std::string& words = picture["participant " + id];
      words = words.substr(0, words.find("verified")) + fmt::format("verified {} {}", verified->identity.id.text(), at);
    }
    if (const auto* erased = std::get_if<WordsErased>(&payload)) {
      picture["erasures"] += fmt::format("{} {} {} {}", erased->words.size(), !erased->author.is_nil(), name_of(erased->reason), at);
    }
  }
}

}  // namespace

Picture recount(const std::vector<StoredEvent>& events, size_t count) {
  Plain plain;
  for (size_t i = 0; i < count; ++i) plain.events.emplace_back(events[i].envelope, *decode_payload(events[i]));
  Picture picture;
  count_organisations(plain, picture);
  count_topics(plain, picture);
  count_contributions(plain, picture);
  count_ballots(plain, picture);
  count_comments(plain, picture);
  count_rest(plain, picture);
  std::erase_if(picture, [](const auto& fact) { return fact.second.empty(); });
  return picture;
}

Asked asked_of(const std::vector<StoredEvent>& events) {
  std::set<BoxId> boxes;
  std::set<std::pair<BoxId, Tag>> voters;
  for (const StoredEvent& event : events) {
    const StreamId& stream = event.envelope.stream;
    if (stream.kind == StreamKind::kBallot) voters.emplace(BoxId{stream.id}, Tag{stream.tag});
    if (event.envelope.type == BoxOpened::kType) boxes.insert(std::get<BoxOpened>(*decode_payload(event)).box);
  }
  return {{boxes.begin(), boxes.end()}, {voters.begin(), voters.end()}};
}

std::string differences(const Picture& expected, const Picture& found) {
  std::string out;
  for (const auto& [fact, words] : expected) {
    const auto there = found.find(fact);
    if (there == found.end()) out += fmt::format("missing: {} = {}\n", fact, words);
    else if (there->second != words) out += fmt::format("{}: expected {}, found {}\n", fact, words, there->second);
  }
  for (const auto& [fact, words] : found) {
    if (!expected.contains(fact)) out += fmt::format("not expected: {} = {}\n", fact, words);
  }
  return out.substr(0, 3'000);
}

}  // namespace civiclog
