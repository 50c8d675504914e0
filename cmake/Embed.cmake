# Writes a file as a C++ array's elements: cmake -DINPUT=<file> -DOUTPUT=<file> -P Embed.cmake
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
# Lines of 24 bytes.
string(REPEAT "[^,]*," 24 line)
string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "${bytes}\n")
