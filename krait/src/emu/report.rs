//! `--stats`: counts of a run, for people or as JSON.

use krait_soc::Machine;
use krait_soc::time::TICKS_PER_US;
use serde_json::{Value, json};

/// How counts are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// All counts.
pub(crate) fn counts(machine: &Machine) -> Value {
    let sys = &machine.soc().sys;
    let (stats, flash) = (&sys.stats, &sys.flash.stats);
    let traps: serde_json::Map<String, Value> =
        stats.narrow_traps.iter().map(|(a, n)| (format!("{a:#010x}"), json!(n))).collect();
    let erases: serde_json::Map<String, Value> = flash.erases.iter().map(|(s, n)| (s.to_string(), json!(n))).collect();
    json!({
        "time_us": machine.now() / TICKS_PER_US,
        "cycles": machine.cpu().cycles(),
        "instructions": machine.cpu().instructions(),
        "resets": stats.resets,
        "interrupts": sys.irq.counts.to_vec(),
        "register_accesses": stats.register_accesses,
        "narrow_traps": stats.narrow_traps_total,
        "narrow_traps_by_address": traps,
        "window_loads": stats.window_loads.get(),
        "window_fetches_decoded": stats.window_fetches,
        "flash_operations": flash.operations,
        "flash_programs": flash.programs,
        "flash_bytes_programmed": flash.programmed_bytes,
        "flash_overwrites": flash.overwrites,
        "flash_commands_ignored": flash.ignored,
        "flash_erases_by_sector": erases,
        "trace_hash": format!("{:016x}", machine.trace_hash()),
    })
}

/// Prints them to the standard error output.
pub(crate) fn print(machine: &Machine, format: Format) {
    let counts = counts(machine);
    match format {
        Format::Json => eprintln!("{counts}"),
        Format::Text => {
            for (name, value) in counts.as_object().into_iter().flatten() {
                let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                if !empty {
                    eprintln!("{name:26} {value}");
                }
            }
        }
    }
}
