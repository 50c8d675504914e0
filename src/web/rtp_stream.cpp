#include "web/rtp_stream.hpp"

#include <boost/endian/conversion.hpp>

#include <array>

namespace pixelpass::web {

RtpStream make_stream(std::uint32_t ssrc, std::uint8_t type, std::uint32_t rate, const Random& random) {
  constexpr std::uint16_t kFirstBits = 0x3fff;
  std::array<std::uint8_t, 6> drawn;
  random(drawn);
  return {ssrc, type, rate, boost::endian::load_big_u16(&drawn[0]) & std::uint64_t{kFirstBits},
          boost::endian::load_big_u32(&drawn[2])};
}

}  // namespace pixelpass::web
