#pragma once

// The descriptors 0, 1 and 2 of a process that was started without them (`program >&-`): the next file it opens would get such a number, and
// what is printed would be written into it, a file of the record as well. Call once, first of all in main().

namespace civiclog {

// Opens what is not open on /dev/null: input is at its end, output to 1 fails as it did before, output to 2 is lost.
void take_standard_descriptors();

}  // namespace civiclog
