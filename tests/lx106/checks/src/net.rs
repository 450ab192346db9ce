//! A TCP connection of smoltcp's with itself.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{Result, Write};
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Loopback, Medium};
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

/// How much is sent.
const LENGTH: usize = 4000;

fn byte(at: usize) -> u8 {
    (at * at % 251) as u8
}

fn socket() -> Socket<'static> {
    Socket::new(SocketBuffer::new(vec![0; 1024]), SocketBuffer::new(vec![0; 1024]))
}

pub(crate) fn run(out: &mut dyn Write) -> Result {
    let mut device = Loopback::new(Medium::Ethernet);
    let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    config.random_seed = 42;
    let mut interface = Interface::new(config, &mut device, Instant::from_millis(0));
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(IpAddress::v4(127, 0, 0, 1), 8));
    });
    let mut sockets = SocketSet::new(vec![]);
    let (server, client) = (sockets.add(socket()), sockets.add(socket()));
    let mut received: Vec<u8> = Vec::new();
    let (mut sent, mut errors, mut time) = (0, 0, 0);
    errors += u32::from(sockets.get_mut::<Socket>(server).listen(1234).is_err());
    let target = (IpAddress::v4(127, 0, 0, 1), 1234);
    errors += u32::from(sockets.get_mut::<Socket>(client).connect(interface.context(), target, 65000).is_err());
    while time < 20_000 && received.len() < LENGTH {
        interface.poll(Instant::from_millis(time), &mut device, &mut sockets);
        let socket = sockets.get_mut::<Socket>(server);
        if socket.can_recv() {
            let taken = socket.recv(|data| {
                received.extend_from_slice(data);
                (data.len(), ())
            });
            errors += u32::from(taken.is_err());
        }
        let socket = sockets.get_mut::<Socket>(client);
        if socket.can_send() && sent < LENGTH {
            let data: Vec<u8> = (sent..LENGTH.min(sent + 300)).map(byte).collect();
            sent += socket.send_slice(&data).unwrap_or(0);
        }
        time += 1;
    }
    let right = received.iter().enumerate().all(|(at, got)| *got == byte(at));
    writeln!(out, "tcp {} {right} {errors} at {time} ms", received.len())
}
