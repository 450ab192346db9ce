# MQTT 3.1.1 (OASIS standard), quality of service 0 and 1.

import socket, struct


class MQTTException(Exception):
    pass


def _bytes(v):
    return v.encode() if isinstance(v, str) else v


class MQTTClient:
    def __init__(
        self, client_id, server, port=0, user=None, password=None, keepalive=0, ssl=None, ssl_params={}
    ):
        self.client_id = client_id
        self.server = server
        self.port = port or (8883 if ssl else 1883)
        self.user = user
        self.pswd = password
        self.keepalive = keepalive
        # True, or a context.
        self.ssl = ssl
        self.ssl_params = ssl_params
        self.sock = None
        self.pid = 0
        self.cb = None
        self.lw_topic = None
        self.lw_msg = None
        self.lw_qos = 0
        self.lw_retain = False

    def set_callback(self, f):
        self.cb = f

    def set_last_will(self, topic, msg, retain=False, qos=0):
        if not 0 <= qos <= 2 or not topic:
            raise ValueError("bad last will")
        self.lw_topic = topic
        self.lw_msg = msg
        self.lw_qos = qos
        self.lw_retain = retain

    # A packet: its first byte, then what it holds.
    def _send(self, first, *parts):
        n = 0
        for part in parts:
            n += len(part)
        if n >= 1 << 21:
            raise ValueError("message too long")
        head = bytearray(1)
        head[0] = first
        while True:
            head.append(n & 0x7F | (0x80 if n > 0x7F else 0))
            n >>= 7
            if not n:
                break
        self._write(head)
        for part in parts:
            self._write(part)

    def _write(self, data):
        if not self.sock:
            raise OSError(107)
        data = memoryview(data)
        while data:
            n = self.sock.write(data)
            if n is None:
                raise OSError(110)
            data = data[n:]

    def _read(self, n):
        data = b""
        while len(data) < n:
            part = self.sock.read(n - len(data))
            if part is None:
                raise OSError(110)
            if not part:
                raise OSError(-1)
            data += part
        return data

    def _str(self, v):
        v = _bytes(v)
        return struct.pack("!H", len(v)) + v

    def _next_pid(self):
        self.pid = self.pid % 0xFFFF + 1
        return struct.pack("!H", self.pid)

    def connect(self, clean_session=True, timeout=None):
        address = socket.getaddrinfo(self.server, self.port)[0][-1]
        self.sock = socket.socket()
        try:
            self.sock.settimeout(timeout)
            self.sock.connect(address)
            if self.ssl is True:
                import ssl

                self.sock = ssl.wrap_socket(self.sock, **self.ssl_params)
            elif self.ssl:
                self.sock = self.ssl.wrap_socket(self.sock, server_hostname=self.server)
            return self._hello(clean_session)
        except BaseException as er:
            self.sock.close()
            self.sock = None
            raise er

    def _hello(self, clean_session):
        flags = bool(clean_session) << 1
        payload = self._str(self.client_id)
        if self.lw_topic:
            flags |= 4 | self.lw_qos << 3 | bool(self.lw_retain) << 5
            payload += self._str(self.lw_topic) + self._str(self.lw_msg)
        if self.user is not None:
            flags |= 0x80
            payload += self._str(self.user)
            if self.pswd is not None:
                flags |= 0x40
                payload += self._str(self.pswd)
        self._send(0x10, b"\x00\x04MQTT\x04", struct.pack("!BH", flags, self.keepalive), payload)
        answer = self._read(4)
        if answer[:2] != b"\x20\x02":
            raise MQTTException("no CONNACK")
        if answer[3]:
            raise MQTTException(answer[3])
        return answer[2] & 1

    def disconnect(self):
        self._send(0xE0)
        self.sock.close()
        self.sock = None

    def ping(self):
        self._send(0xC0)

    def publish(self, topic, msg, retain=False, qos=0):
        if qos not in (0, 1):
            raise ValueError("qos must be 0 or 1")
        first = 0x30 | qos << 1 | bool(retain)
        if qos == 0:
            self._send(first, self._str(topic), _bytes(msg))
            return
        pid = self._next_pid()
        self._send(first, self._str(topic), pid, _bytes(msg))
        self._await(0x40, pid)

    def subscribe(self, topic, qos=0):
        if self.cb is None:
            raise RuntimeError("Subscribe callback is not set")
        pid = self._next_pid()
        self._send(0x82, pid, self._str(topic), bytes([qos]))
        if self._await(0x90, pid)[2] == 0x80:
            raise MQTTException(0x80)

    def unsubscribe(self, topic):
        pid = self._next_pid()
        self._send(0xA2, pid, self._str(topic))
        self._await(0xB0, pid)

    # The packet of that kind for that number; messages that come before it are delivered.
    def _await(self, kind, pid):
        while True:
            first, body = self._packet(self._read(1))
            if first & 0xF0 == kind and body[:2] == pid:
                return body
            self._handle(first, body)

    def _packet(self, first):
        n = shift = 0
        while True:
            b = self._read(1)[0]
            n |= (b & 0x7F) << shift
            if not b & 0x80:
                break
            shift += 7
            if shift > 21:
                raise MQTTException("malformed packet")
        return first[0], self._read(n)

    # Delivers a message. Gives the kind of any other packet.
    def _handle(self, first, body):
        if first & 0xF0 != 0x30:
            return None if first == 0xD0 else first
        if len(body) < 2:
            raise MQTTException("malformed packet")
        n = 2 + struct.unpack_from("!H", body)[0]
        topic = body[2:n]
        qos = first >> 1 & 3
        pid = body[n : n + 2]
        msg = body[n + 2 if qos else n :]
        if self.cb:
            self.cb(topic, msg)
        if qos == 1:
            self._send(0x40, pid)
        elif qos > 1:
            raise MQTTException("qos 2 is not supported")
        return first

    # Waits for a packet and delivers it, if it is a message.
    def wait_msg(self):
        first = self.sock.read(1)
        self.sock.setblocking(True)
        if first is None:
            return None
        if not first:
            raise OSError(-1)
        first, body = self._packet(first)
        return self._handle(first, body)

    # As wait_msg, if there is a packet.
    def check_msg(self):
        self.sock.setblocking(False)
        return self.wait_msg()
