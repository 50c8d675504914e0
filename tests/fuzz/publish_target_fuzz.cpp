#include "pixelpass/publish/target.hpp"

#include "fuzz.hpp"

/// A target that was read has a place, SRT takes what it says, and it is shown without a secret; a complaint
/// is short.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  const auto target = publish::parse_target(as_text(ByteView(data, size)));
  if (!target) {
    fuzz::require(!target.error().what.empty() && target.error().what.size() < 200,
                  "a complaint is one line");
    return 0;
  }
  fuzz::require(target->port != 0 && !target->host.empty() && target->host.size() <= 253, "it has a place");
  fuzz::require(target->path.find_first_of("\r\n ") == target->path.npos &&
                    target->authorization.find_first_of("\r\n") == target->authorization.npos,
                "HTTP takes it");
  fuzz::require(target->stream_id.size() <= 512 && target->passphrase.size() <= 79, "SRT takes it");
  const std::string shown = target->to_string();
  fuzz::require(shown.find_first_of("?@") == shown.npos, "it is shown without a secret");
  const auto back = publish::parse_target(shown);
  fuzz::require(
      back && back->host == target->host && back->port == target->port && back->protocol == target->protocol,
      "a place can be read again");
  return 0;
}
