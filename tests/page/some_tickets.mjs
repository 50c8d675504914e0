/** The text that tests/unit/ticket/ticket_test.cpp keeps for later versions: one address, no relay, no end. */
export const small = "pp1aeadsaahbykryizkge4d6rsnkrnwe2lqo57ildettkq2rl5wxxcmxuwzz" +
  "de4vs6mzxhm7ugr2lj5jvow24aacagaaabbdiis3tbql5q";
