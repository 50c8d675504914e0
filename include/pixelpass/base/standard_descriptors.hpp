#pragma once

namespace pixelpass {

/// Opens /dev/null for those of standard input, output and error that are closed: a socket or a recording
/// that is opened there would be given what is meant for people, or read from. Nothing can be written to what
/// stands in for standard output: its reader has gone. Once, before anything else is opened.
void hold_standard_descriptors();

}  // namespace pixelpass
