"""Streams and pictures, looked at by ffmpeg."""

import array
import json
import subprocess

from processes import DEADLINE
from support import needs

TS_PACKET = 188


def output_of(command, **run):
    """Exit code, standard output and standard error together as text."""
    result = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=3 * DEADLINE,
        check=False,
        **run,
    )
    return result.returncode, result.stdout.decode("utf-8", "replace")


# Pictures at the times that the stream says, which are a screen's: ffmpeg would have them come at an even rate.
AT_ITS_TIMES = ("-fps_mode:v", "passthrough", "-enc_time_base:v", "1:90000", "-f", "null")


def complaints(source, *input_options, output=AT_ITS_TIMES):
    """What ffmpeg says when it decodes all of `source`: nothing, if nothing is wrong."""
    needs("ffmpeg")
    command = ["ffmpeg", "-nostdin", "-v", "error", *input_options, "-i", source, *output, "-y", "/dev/null"]
    code, said = output_of(command)
    return said if code == 0 else f"exit code {code}\n{said}"


def picture_complaints(source):
    """The same of the pictures alone, whatever their time stamps: a new host's clock begins anew."""
    return complaints(source, output=("-map", "0:v", "-f", "rawvideo"))


def probe(path):
    """ffprobe's streams by kind, with the number of pictures and of sound frames decoded."""
    needs("ffprobe", "ffmpeg")
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", path]
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, timeout=3 * DEADLINE, check=True
    )
    return {stream["codec_type"]: stream for stream in json.loads(result.stdout)["streams"]}


def tracks(path):
    """Kind and language of each track, in their order."""
    needs("ffprobe")
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_type:stream_tags=language", "-of", "json", path]
    result = subprocess.run([str(word) for word in command], capture_output=True, timeout=3 * DEADLINE, check=True)
    return [
        (stream["codec_type"], stream.get("tags", {}).get("language", ""))
        for stream in json.loads(result.stdout)["streams"]
    ]


def pixels(picture, width, height):
    """A picture file as rows of (red, green, blue). VLC's come with lines of padding below."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(picture), "-frames:v", "1"]
    command += ["-vf", f"crop={width}:{height}:0:0", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, timeout=DEADLINE, check=True).stdout
    assert len(raw) == width * height * 3, f"not {width}x{height}: {len(raw)} bytes"
    return [
        [tuple(raw[at : at + 3]) for at in range(row * width * 3, (row + 1) * width * 3, 3)]
        for row in range(height)
    ]


def packets(path):
    """The packets of an MPEG-TS file; every one begins with the sync byte."""
    data = path.read_bytes()
    assert len(data) % TS_PACKET == 0, f"{path}: {len(data)} bytes are no whole packets"
    cut = [data[at : at + TS_PACKET] for at in range(0, len(data), TS_PACKET)]
    assert all(packet[0] == 0x47 for packet in cut), f"{path}: a packet without the sync byte"
    return cut


def pid(packet):
    return (packet[1] & 0x1F) << 8 | packet[2]


# ---- Picture and sound against each other ------------------------------------------------------------------


def time_stamps(path, kind):
    """Of the decoded frames of this kind ("v" or "a"), in seconds."""
    command = ["ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "frame=pts_time", "-of", "csv=p=0"]
    said = subprocess.run([*command, str(path)], capture_output=True, timeout=3 * DEADLINE, check=True).stdout
    return [float(line.strip(b",")) for line in said.split()]


def decoded(path, *output):
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), *output, "-"]
    return subprocess.run(command, capture_output=True, timeout=3 * DEADLINE, check=True).stdout


def flashes(path, at=(0, 0)):
    """When the picture turns from dark to bright or back there, in a square of 64 pixels."""
    corner = ["-vf", f"crop=64:64:{at[0]}:{at[1]},scale=1:1", "-f", "rawvideo", "-pix_fmt", "gray"]
    gray = decoded(path, "-map", "0:v", "-fps_mode", "passthrough", *corner)
    times = time_stamps(path, "v")
    return [when for before, now, when in zip(gray, gray[1:], times[1:]) if (before < 128) != (now < 128)]


def beeps(path, rate=48000, silence=0.4):
    """When sound begins after silence."""
    samples = array.array("f", decoded(path, "-map", "0:a", "-ac", "1", "-ar", str(rate), "-f", "f32le"))
    times, frame = time_stamps(path, "a"), 1024  # AAC's samples a frame
    found, quiet_since = [], None
    for at, sample in enumerate(samples):
        if abs(sample) < 0.02:
            continue
        if quiet_since is not None and at - quiet_since > silence * rate and at // frame < len(times):
            found.append(times[at // frame] + at % frame / rate)
        quiet_since = at
    return found


def flash_offsets(path, at=(0, 0)):
    """For each beep the time since its flash, in seconds: negative if it is heard before it is seen."""
    needs("ffprobe", "ffmpeg")
    seen = flashes(path, at)
    return [min((heard - flash for flash in seen), key=abs) for heard in beeps(path) if seen]
