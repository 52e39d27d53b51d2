#pragma once

#include <vector>

#include "events/envelope.h"
#include "events/payloads.h"

// One sample of every event type with no field left at its default, and the stored event around it. The golden file
// holds their bytes: these values never change; a new schema gets a new sample.

namespace civiclog::samples {

std::vector<Payload> payloads();

// Position is the sample's index + 1.
StoredEvent stored(const Payload& payload, uint64_t position);
// The same envelope around any type, schema and payload bytes.
StoredEvent stored_raw(std::string type, uint16_t schema, std::string_view payload, uint64_t position,
                       StreamKind kind = StreamKind::kTopic);

Key box_key();

}  // namespace civiclog::samples
