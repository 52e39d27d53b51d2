#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "commands/command_handler.h"
#include "query-api/door/later_response.h"
#include "query-api/door/router.h"
#include "query-api/operation/metrics_commands.h"
#include "query-api/writing/fields.h"
#include "query-api/writing/gate.h"

// A route that writes: how its request becomes a command. No rules here; they are the deciders'.

namespace civiclog {

// What writing requests share. From any thread.
struct WriteSide {
  const EventLog& log;
  CommandHandler& commands;
  Gate& gate;
  Clock clock;
  std::function<void(std::string_view)> report;  // One sentence for the operator.
  std::shared_ptr<CommandMetrics> metrics;
};

// One writing request, on the door's thread.
struct Writing {
  const WriteSide& side;
  const HttpRequest& request;
  const PathParameters& parameters;
  const Caller& caller;
  Fields& fields;

  // For what is new. A retry brings another one, which does not count (commands/command.h).
  Uuid fresh_id() const;
  // Ids and slugs in the address. kNotFound when they cannot be one.
  Result<Uuid> id_in_path(std::string_view parameter) const;
  OrganisationId organisation_in_path() const;  // {organisation}, by id or slug.
  TopicId topic_in_path() const;                // {topic}, by id or slug.
  Result<uint16_t> phase_in_path() const;       // {phase}
};

using MakeCommand = std::function<Result<Command>(Writing&)>;

struct WriteRoute {
  Method method;
  std::string_view pattern;
  MakeCommand command;
  bool creates = false;     // 201 with Location, rather than 200.
  bool bootstraps = false;  // The installation's own subject may do it.
};

using WriteRoutes = std::vector<WriteRoute>;

inline constexpr size_t kMaxIdempotencyKeyBytes = 128;

// The whole of a write (docs/http-api.md, "Writing"): who asks, the key, the body, the command; later, from the log, the answer.
Response answer_writing(const WriteSide& side, const WriteRoute& route, const HttpRequest& request, const PathParameters& parameters);

}  // namespace civiclog
