#include "query-api/operation/metrics_page.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "base/version.h"
#include "query-api/operation/metrics_process.h"

namespace civiclog {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// One family after the other: a name, what it means, and its values.
class Families {
 public:
  Families& gauge(std::string name, std::string help) { return begin(std::move(name), std::move(help), MetricType::Gauge); }
  Families& counter(std::string name, std::string help) { return begin(std::move(name), std::move(help), MetricType::Counter); }
  Families& histogram(std::string name, std::string help) {
    return begin(std::move(name), std::move(help), MetricType::Histogram);
  }

  template <typename Number>
  Families& value(Number number, Labels labels = {}) {
    ClientMetric& metric = add(std::move(labels));
    metric.gauge.value = metric.counter.value = static_cast<double>(number);
    return *this;
  }
  Families& value(const Durations::Counts& counts, Labels labels = {}) {
    ClientMetric::Histogram& out = add(std::move(labels)).histogram;
    for (size_t i = 0; i < counts.in_bucket.size(); ++i) {
      out.sample_count += counts.in_bucket[i];
      const bool last = i == kDurationBounds.size();
      out.bucket.push_back({out.sample_count, last ? std::numeric_limits<double>::infinity() : kDurationBounds[i]});
    }
    out.sample_sum = counts.sum_seconds;
    return *this;
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  Families& begin(std::string name, std::string help, MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
    return *this;
  }
  ClientMetric& add(Labels labels) {
    ClientMetric& metric = families_.back().metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  std::vector<MetricFamily> families_;
};

void add_log(Families& families, Installation& installation) {
  const RocksLogStats stats = installation.log().stats();
  families.gauge("civiclog_log_head", "Position of the last event of the log.").value(installation.log().head().value);
  families.gauge("civiclog_log_queue_requests", "Commits that wait for the log's writer.").value(stats.queued_requests);
  families.gauge("civiclog_log_queue_bytes", "Memory of the commits that wait for the log's writer.").value(stats.queued_bytes);
  families.counter("civiclog_log_flushes_total", "Batches written, each with one flush.").value(stats.flushes);
  families.counter("civiclog_log_commits_total", "Commits written; divided by flushes it is the size of a batch.")
      .value(stats.commits);
  families.counter("civiclog_log_events_total", "Events written.").value(stats.events);
  const std::vector<Trouble> troubles = installation.troubles();
  families.gauge("civiclog_installation_failed", "1 when the installation cannot take acts or stored bytes are damaged, otherwise 0.")
      .value(troubles.empty() ? 0 : 1);
  families.gauge("civiclog_installation_trouble", "1 for each trouble the installation is in, 0 for the others.");
  for (const Trouble trouble : kTroubles) {
    families.value(std::ranges::count(troubles, trouble), {{"trouble", name_of(trouble)}});
  }
  families.gauge("civiclog_disk_free_bytes", "Bytes free on the disk of the data directory.").value(installation.free_space().free_bytes());
  families.gauge("civiclog_disk_min_free_bytes", "Below this, no acts are taken.").value(installation.free_space().min_bytes());
}

void add_read_models(Families& families, Installation& installation) {
  const uint64_t head = installation.log().head().value;
  struct Model {
    std::string name;
    std::optional<GenerationRecord> record;
  };
  std::vector<Model> models;
  for (std::string& name : installation.projector().names()) {
    std::optional<GenerationRecord> record = installation.views().active(name);
    models.push_back({std::move(name), std::move(record)});
  }
  const auto applied = [](const Model& model) { return model.record ? model.record->checkpoint.value : 0; };
  families.gauge("civiclog_read_model_position", "Last event that the read model has applied.");
  for (const Model& model : models) families.value(applied(model), {{"read_model", model.name}});
  families.gauge("civiclog_read_model_lag_events", "Events of the log that the read model has not applied yet.");
  for (const Model& model : models) {
    const uint64_t position = applied(model);
    families.value(head > position ? head - position : 0, {{"read_model", model.name}});
  }
  families.gauge("civiclog_read_model_state", "1 for the state the read model is in, 0 for the others.");
  for (const Model& model : models) {
    for (const ViewState state : {ViewState::kBuilding, ViewState::kRunning, ViewState::kFaulted}) {
      const bool is = model.record && model.record->state == state;
      families.value(is ? 1 : 0, {{"read_model", model.name}, {"state", name_of(state)}});
    }
  }
}

void add_commands(Families& families, const CommandMetrics& commands) {
  families.counter("civiclog_commands_total", "Commands answered, by their type and by what became of them.");
  for (size_t type = 0; type < kCommandTypes; ++type) {
    for (size_t i = 0; i < kCommandOutcomes; ++i) {
      const auto outcome = static_cast<CommandOutcome>(i);
      families.value(commands.count(type, outcome), {{"command", std::string(command_name(type))}, {"outcome", name_of(outcome)}});
    }
  }
  families.gauge("civiclog_commands_under_way", "Commands handed over and not answered yet.").value(commands.under_way());
  families.histogram("civiclog_append_duration_seconds", "From handing a command over until its answer is known.")
      .value(commands.durations());
}

void add_http(Families& families, const MetricsSources& sources) {
  const std::vector<HttpMetrics::Row> rows = sources.http.rows();
  families.counter("civiclog_http_requests_total", "Requests answered, by the pattern of the route, method and status.");
  for (const HttpMetrics::Row& row : rows) {
    for (const auto& [status, count] : row.by_status) {
      families.value(count, {{"route", std::string(row.pattern)},
                             {"method", name_of(row.method)},
                             {"code", status == 0 ? "none" : std::to_string(status)}});
    }
  }
  families.histogram("civiclog_http_request_duration_seconds",
                     "From the last byte of a request until its answer is made, by the pattern of the route and method.");
  for (const HttpMetrics::Row& row : rows) {
    families.value(row.durations, {{"route", std::string(row.pattern)}, {"method", name_of(row.method)}});
  }
  families.gauge("civiclog_http_open_connections", "Connections that are open.").value(sources.open_connections);
}

void add_process(Families& families) {
  const ProcessFigures process = process_figures();
  families.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.").value(process.start_time_seconds);
  families.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.").value(process.resident_bytes);
  families.counter("process_cpu_seconds_total", "Time that processors worked for the process.").value(process.cpu_seconds);
  families.gauge("civiclog_build_info", "Always 1; the label says which build this is.").value(1, {{"version", version_text()}});
}

}  // namespace

HttpResponse metrics_response(const MetricsSources& sources) {
  Families families;
  add_log(families, sources.installation);
  add_read_models(families, sources.installation);
  add_commands(families, sources.commands);
  add_http(families, sources);
  add_process(families);
  return content_response(200, "text/plain; version=0.0.4; charset=utf-8", families.text()).with("Cache-Control", "no-store");
}

}  // namespace civiclog
