# The time of day from the network (SNTP, RFC 4330). There are no time zones: it is UTC.

import socket, struct, time as _time

host = "pool.ntp.org"
# Seconds to wait for the answer.
timeout = 1


# Seconds since the epoch.
def time():
    query = bytearray(48)
    # Version 3, client.
    query[0] = 0x1B
    address = socket.getaddrinfo(host, 123)[0][-1]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.settimeout(timeout)
        s.sendto(query, address)
        answer = s.recv(48)
    finally:
        s.close()
    # A server that does not know the time says so by stratum 0.
    if len(answer) < 48 or answer[0] & 7 != 4 or answer[1] == 0:
        raise OSError("bad NTP answer")
    t = struct.unpack_from("!I", answer, 40)[0]
    # The count began in 1900 and starts over in 2036. No answer can be from before 2024.
    if t < 3913056000:
        t += 1 << 32
    return t - (3155673600 if _time.gmtime(0)[0] == 2000 else 2208988800)


# Sets the clock.
def settime():
    import machine

    t = _time.gmtime(time())
    machine.RTC().datetime((t[0], t[1], t[2], t[6] + 1, t[3], t[4], t[5], 0))
