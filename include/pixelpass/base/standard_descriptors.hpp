#pragma once

namespace pixelpass {

/// Opens /dev/null for standard streams that are closed: a socket or a recording opened there would get
/// output that is meant for people, or be read as input. The stand-in for standard output cannot be written
/// to, since its reader has gone. To be called once, before anything else is opened.
void hold_standard_descriptors();

}  // namespace pixelpass
