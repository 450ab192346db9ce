//! From the command line to a machine on its board.

use std::path::Path;

use krait_board::{Bench, Board, Script};
use krait_soc::{BootMode, Config, Machine};

use super::{Options, flash_file};
use crate::size;

/// The largest file that is read.
const LARGEST: u64 = 64 << 20;

/// Reads a file, with its name in the error.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.display();
    let length = std::fs::metadata(path).map_err(|e| format!("{name}: {e}"))?.len();
    if length > LARGEST {
        return Err(format!("{name}: {length} bytes are too many"));
    }
    std::fs::read(path).map_err(|e| format!("{name}: {e}"))
}

fn text(path: &Path) -> Result<String, String> {
    String::from_utf8(read(path)?).map_err(|_| format!("{}: is not text", path.display()))
}

fn board(name: Option<&str>) -> Result<Board, String> {
    let Some(name) = name else { return Ok(Board::bare()) };
    if let Some(board) = Board::named(name) {
        return Ok(board);
    }
    let path = Path::new(name);
    if path.extension().is_none() && !path.exists() {
        return Err(format!("there is no board {name}; there are: {}, and board files", krait_board::NAMES.join(", ")));
    }
    Board::parse(&text(path)?).map_err(|e| format!("{name}: {e}"))
}

/// Makes the machine.
pub(crate) fn bench(options: &Options) -> Result<Bench, String> {
    let board = board(options.board.as_deref())?;
    let flash_size = match &options.flash_size {
        Some(text) => size::parse(text).ok_or_else(|| format!("`{text}` is no size"))?,
        None => board.flash_kb.saturating_mul(1024),
    };
    let stack_limit = options.stack_limit.as_deref().map(address).transpose()?;
    let config = Config {
        flash_size,
        seed: options.seed,
        rom: options.rom.as_deref().map(read).transpose()?,
        strict: options.strict,
        stack_limit,
        cycles_per_instruction: options.cpi,
        ..Config::default()
    };
    let mut machine = Machine::new(config).map_err(|e| e.to_string())?;
    let kept = match &options.flash_file {
        Some(path) => flash_file::load(path, &mut machine)?,
        None => false,
    };
    match &options.image {
        Some(path) => {
            let image = read(path)?;
            check(path, &image)?;
            if !machine.load_flash(0, &image) {
                return Err(format!("{}: {} bytes do not fit into {flash_size}", path.display(), image.len()));
            }
        }
        None if !kept && !options.download => return Err("name an image, a --flash-file, or --download".into()),
        None => {}
    }
    machine.flash_mut().cut_power_at(options.power_cut);
    if let Some(most) = options.max_insns {
        machine.set_instructions_max(most);
    }
    if options.download {
        machine.set_boot_mode(Some(BootMode::Download));
        if options.rom.is_some() {
            machine.set_pin(0, krait_soc::pads::Drive::Low);
            machine.power_cycle();
        }
    }
    let mut bench = Bench::new(machine, board).map_err(|e| e.to_string())?;
    if let Some(path) = &options.script {
        let script = Script::parse(&text(path)?).map_err(|e| format!("{}: {e}", path.display()))?;
        bench.add_script(script);
    }
    Ok(bench)
}

fn check(path: &Path, image: &[u8]) -> Result<(), String> {
    let name = path.display();
    match image {
        [] => Err(format!("{name}: is empty")),
        [0x7F, b'E', b'L', b'F', ..] => Err(format!("{name}: is an ELF file; make a flash image of it first")),
        _ => Ok(()),
    }
}

fn address(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u32::from_str_radix(digits, 16).map_err(|_| format!("`{text}` is no address"))
}
