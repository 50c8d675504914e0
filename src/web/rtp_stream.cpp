#include "web/rtp_stream.hpp"

#include <boost/endian/conversion.hpp>

#include <array>

namespace pixelpass::web {

std::chrono::milliseconds draw_clock_begin(const Random& random) {
  std::array<std::uint8_t, 4> drawn;
  random(drawn);
  return std::chrono::milliseconds(boost::endian::load_big_u32(drawn.data()));
}

RtpStream make_stream(std::uint32_t ssrc, std::uint8_t type, std::uint32_t rate,
                      std::chrono::milliseconds clock_begin, const Random& random) {
  constexpr std::uint16_t kFirstBits = 0x3fff;
  std::array<std::uint8_t, 2> drawn;
  random(drawn);
  return {ssrc, type, rate, boost::endian::load_big_u16(drawn.data()) & std::uint64_t{kFirstBits},
          to_rtp_time(clock_begin, rate)};
}

}  // namespace pixelpass::web
