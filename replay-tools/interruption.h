#pragma once

// SIGINT, SIGTERM and SIGHUP, unless whoever started the process has them ignored: a thread of its own says so, removes what is
// temporary, and ends the process by that very signal. The record needs no care: it is whole at every moment.

namespace civiclog {

// Once, before any other thread is there.
void watch_for_interruption();

}  // namespace civiclog
