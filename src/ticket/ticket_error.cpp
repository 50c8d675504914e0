#include "pixelpass/ticket/ticket.hpp"

namespace pixelpass {

Error describe(TicketError error) {
  switch (error) {
    case TicketError::kEmpty:
      return {"no ticket was given; a ticket begins with pp1",
              "copy the ticket that your friend's pixelpass shows and paste it here", ExitCode::kUsage};
    case TicketError::kForeign:
      return {"this is not a pixelpass ticket; a ticket begins with pp1",
              "copy the ticket that your friend's pixelpass shows, from pp1 to its end", ExitCode::kUsage};
    case TicketError::kTruncated:
      return {"the end of the ticket is missing; a whole ticket was expected",
              "copy it again, to its last character; a chat may have shortened it", ExitCode::kUsage};
    case TicketError::kDamaged:
      return {"the ticket is damaged: a character was changed, added or lost on the way",
              "copy it again rather than typing it, or ask your friend to send it once more",
              ExitCode::kUsage};
    case TicketError::kNewerVersion:
      return {"the ticket is from a later version of pixelpass than this one",
              "update pixelpass, or ask your friend to use the version that you have", ExitCode::kUsage};
  }
  return {"the ticket cannot be read", "ask your friend to send it once more", ExitCode::kUsage};
}

}  // namespace pixelpass
