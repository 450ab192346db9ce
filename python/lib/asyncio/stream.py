# Streams: reading and writing that lets other tasks run, over any stream object that does not block.

from . import core


class Stream:
    def __init__(self, s, e={}):
        self.s = s
        self.e = e
        # What could not be written yet.
        self.out_buf = b""

    def get_extra_info(self, name, default=None):
        return self.e[name] if default is None else self.e.get(name, default)

    def close(self):
        pass

    def is_closing(self):
        return False

    async def wait_closed(self):
        self.s.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, tb):
        await self.wait_closed()

    # The methods that yield are coroutines.
    def read(self, n=-1):
        data = b""
        while True:
            yield core._io_queue.queue_read(self.s)
            new = self.s.read(n)
            if new is None:
                continue
            if n >= 0:
                return new
            if not new:
                return data
            data += new

    def readinto(self, buf):
        yield core._io_queue.queue_read(self.s)
        return self.s.readinto(buf)

    def readexactly(self, n):
        data = b""
        while n:
            yield core._io_queue.queue_read(self.s)
            new = self.s.read(n)
            if new is None:
                continue
            if not new:
                raise EOFError
            data += new
            n -= len(new)
        return data

    def readline(self):
        line = b""
        while True:
            yield core._io_queue.queue_read(self.s)
            new = self.s.readline()
            if new is None:
                continue
            line += new
            # A stream of text gives str.
            if not new or new[-1] in (10, "\n"):
                return line

    def __aiter__(self):
        return self

    async def __anext__(self):
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    def write(self, buf):
        if not self.out_buf:
            n = self.s.write(buf)
            if n == len(buf):
                return
            if n is not None:
                buf = buf[n:]
        if not self.out_buf and isinstance(buf, bytes):
            self.out_buf = buf
        else:
            self.out_buf += buf

    def writelines(self, bufs):
        for buf in bufs:
            self.write(buf)

    def drain(self):
        if not self.out_buf:
            # A loop of write and drain must let others run.
            return (yield from core.sleep_ms(0))
        left = memoryview(self.out_buf)
        at = 0
        while at < len(left):
            yield core._io_queue.queue_write(self.s)
            n = self.s.write(left[at:])
            if n is not None:
                at += n
        self.out_buf = b""

    # Names of an old version.
    async def awrite(self, buf, off=0, sz=-1):
        if off != 0 or sz != -1:
            buf = memoryview(buf)
            buf = buf[off:] if sz == -1 else buf[off : off + sz]
        self.write(buf)
        await self.drain()

    awritestr = awrite
    aclose = wait_closed


StreamReader = Stream
StreamWriter = Stream


# A coroutine.
def open_connection(host, port, ssl=None, server_hostname=None):
    import socket
    from errno import EINPROGRESS

    family, kind, proto, _, address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
    s = socket.socket(family, kind, proto)
    try:
        s.setblocking(False)
        try:
            s.connect(address)
        except OSError as er:
            if er.errno != EINPROGRESS:
                raise er
        if ssl:
            if ssl is True:
                import ssl

                ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            s = ssl.wrap_socket(s, server_hostname=server_hostname or host, do_handshake_on_connect=False)
            s.setblocking(False)
        yield core._io_queue.queue_write(s)
    except BaseException as er:
        # A socket that nobody has must not stay open.
        s.close()
        raise er
    stream = Stream(s)
    return stream, stream


class Server:
    def __init__(self):
        self.closing = False

    def close(self):
        self.closing = True
        self.task.cancel()

    async def wait_closed(self):
        await self.task

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc, tb):
        self.close()
        await self.wait_closed()

    async def _serve(self, s, callback, ssl):
        try:
            while True:
                await _readable(s)
                try:
                    client, address = s.accept()
                except Exception:
                    # The one who called has hung up, or there is no room now.
                    continue
                try:
                    if ssl:
                        client = ssl.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
                    client.setblocking(False)
                except OSError as er:
                    core.sys.print_exception(er)
                    client.close()
                    continue
                stream = Stream(client, {"peername": address})
                core.create_task(callback(stream, stream))
        except core.CancelledError as er:
            if not self.closing:
                raise er
        finally:
            s.close()


# A coroutine.
def _readable(s):
    yield core._io_queue.queue_read(s)


async def start_server(callback, host, port, backlog=5, ssl=None):
    import socket

    address = socket.getaddrinfo(host, port)[0][-1]
    s = socket.socket()
    try:
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(address)
        s.listen(backlog)
    except BaseException as er:
        s.close()
        raise er
    server = Server()
    server.task = core.create_task(server._serve(s, callback, ssl))
    try:
        # The task must have begun before it is cancelled, to close the socket then.
        await core.sleep_ms(0)
    except core.CancelledError as er:
        server.task.cancel()
        raise er
    return server
