#include "cli/tui/keys.hpp"
#include "fuzz.hpp"

#include <string>
#include <vector>

namespace pixelpass::cli {
namespace {

void take_keys(KeyParser& parser, std::vector<Key>& keys) {
  while (auto key = parser.next()) {
    fuzz::require(key->text.size() <= KeyParser::kMaxPasteBytes, "no key is longer than a paste may be");
    const bool one = key->kind == Key::Kind::kText;
    fuzz::require(!one || (!key->text.empty() && key->text.size() <= 4),
                  "a character is of one to four bytes");
    keys.push_back(std::move(*key));
  }
}

/// In brackets nothing is a key, whatever it is and however it comes.
void require_one_paste(ByteView bytes, std::uint8_t seed) {
  constexpr std::string_view kEnd = "\x1b[201~";
  const std::string pasted(as_text(bytes));
  if (pasted.find(kEnd) != std::string::npos) return;
  const std::string whole = "\x1b[200~" + pasted + std::string(kEnd);
  KeyParser parser;
  std::vector<Key> keys;
  fuzz::in_pieces({reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()}, seed,
                  [&](ByteView piece) {
                    parser.feed(as_text(piece));
                    take_keys(parser, keys);
                    return true;
                  });
  const bool joined = (pasted + std::string(kEnd)).find(kEnd) == pasted.size();
  if (!joined) return;  // its own end begins with the brackets'
  fuzz::require(keys.size() == 1 && keys[0].kind == Key::Kind::kPaste, "it is one paste");
  fuzz::require(keys[0].text == pasted.substr(0, KeyParser::kMaxPasteBytes), "and all of it");
}

}  // namespace
}  // namespace pixelpass::cli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  const ByteView bytes(data, size);
  const std::uint8_t seed = size > 0 ? data[0] : 0;
  cli::KeyParser parser;
  std::vector<cli::Key> keys;
  fuzz::in_pieces(bytes, seed, [&](ByteView piece) {
    parser.feed(as_text(piece));
    cli::take_keys(parser, keys);
    if (piece.size() % 5 == 1) parser.pause();
    return true;
  });
  cli::require_one_paste(bytes, seed);
  return 0;
}
