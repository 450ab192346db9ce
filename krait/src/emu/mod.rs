//! `krait emu`: the virtual ESP8266 on the terminal, a pseudo-terminal or a socket.
//!
//! Exit status: 0 if the run ended as asked, 1 for a mistake in the command or a file, 3 if the guest crashed or could
//! not be started, 4 if a limit came first, 5 if the power was cut.

mod control;
mod flash_file;
mod load;
mod report;
mod rfc2217;
mod serial;
mod session;
mod trace;

use std::path::PathBuf;

use clap::Parser;
use clap::error::ErrorKind;

/// Boots a firmware image on a virtual ESP8266.
#[derive(Debug, Parser)]
#[command(name = "krait emu", disable_version_flag = true)]
pub(crate) struct Options {
    /// The image, as it is flashed at address 0
    image: Option<PathBuf>,
    /// The board: huzzah, nodemcu, d1-mini, esp-01, or a board file (.toml)
    #[arg(long, value_name = "NAME|FILE")]
    board: Option<String>,
    /// Size of the flash: 512K to 16M; the board's if not given
    #[arg(long, value_name = "SIZE")]
    flash_size: Option<String>,
    /// The flash's content, kept in this file from run to run
    #[arg(long, value_name = "FILE")]
    flash_file: Option<PathBuf>,
    /// What all random numbers come from
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// UART0: stdio, pty, tcp:PORT, rfc2217:PORT or none
    #[arg(long, visible_alias = "uart", value_name = "WHERE", default_value = "stdio")]
    serial: serial::Where,
    /// As fast as a real chip (what a terminal, pty or socket gets if nothing is said)
    #[arg(long, conflicts_with = "fast")]
    real_time: bool,
    /// As fast as possible (what a pipe gets if nothing is said)
    #[arg(long)]
    fast: bool,
    /// A dump of the mask ROM (64 KB), to be run instead of our own boot loader
    #[arg(long, value_name = "FILE")]
    rom: Option<PathBuf>,
    /// Start in the serial boot loader, for esptool
    #[arg(long)]
    download: bool,
    /// Stimulus in virtual time: lines like `at 2s press FLASH`
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Take commands as JSON lines on a Unix socket
    #[arg(long, value_name = "SOCKET")]
    control: Option<PathBuf>,
    /// Write every instruction to a file
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Check every access, and report what a real chip would not forgive
    #[arg(long)]
    strict: bool,
    /// With --strict: report a stack pointer below this address
    #[arg(long, value_name = "ADDRESS", requires = "strict")]
    stack_limit: Option<String>,
    /// Print counts at the end
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "text")]
    stats: Option<report::Format>,
    /// End when UART0 has sent this text
    #[arg(long, value_name = "TEXT")]
    until: Option<String>,
    /// End after so much virtual time (2s, 150ms)
    #[arg(long, value_name = "SPAN")]
    time: Option<String>,
    /// End after so many instructions
    #[arg(long, value_name = "N")]
    max_insns: Option<u64>,
    /// Cut the power at the Nth program or erase of the flash
    #[arg(long, value_name = "N")]
    power_cut: Option<u64>,
    /// CPU cycles for an instruction
    #[arg(long, value_name = "CYCLES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    cpi: u32,
}

/// Runs the subcommand: the arguments, its own name first; the exit status.
pub(crate) fn main(args: &[String]) -> u8 {
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { 0 } else { 1 };
        }
    };
    match load::bench(&options).and_then(|bench| session::run(bench, &options)) {
        Ok(status) => status,
        Err(message) => {
            eprintln!("krait emu: {message}");
            1
        }
    }
}
