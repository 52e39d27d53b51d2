#pragma once

#include <string>

#include "projections/views.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/model.h"
#include "vault/vault.h"

// The read models and the vault asked everything the model knows. Each returns the first difference as a sentence; empty: none.
// The read models must have followed to what the model knows. Threads: any, one at a time.

namespace civiclog {

// `then`: the model as of `as_of`; `now`: the model of now, which decides what may be shown. nullopt: the latest.
std::string compare_read_models(const ViewSnapshot& snapshot, const Model& then, const Model& now, std::optional<Position> as_of, Dice& dice);

// Every word that was ever written down: its text, or that it is erased; nothing else is in the vault.
std::string compare_words(const Vault& vault, const Model& now);

}  // namespace civiclog
