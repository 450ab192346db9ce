//! Each device, driven through its registers by a program on the emulated core.

mod common;

use common::{ADC, DPORT, GPIO, HSPI, I2S, IO_MUX, Program, REGI2C, RTC, SLC, SPI0, TIMER, UART0, UART1, WDT};
use krait_soc::pads::Drive;
use krait_soc::sys::ResetCause;
use krait_soc::time::{TICKS_PER_US, ms, us};
use krait_soc::{Config, Machine, Stop};

fn bare(program: Program) -> Machine {
    let mut machine = Machine::new(Config::default()).expect("valid");
    assert!(machine.load_flash(0, &program.image()));
    machine
}

#[test]
fn uart_sends_at_its_rate() {
    let program =
        Program::new().pll().poke(UART0 + 0x14, 8000).poke(UART0 + 0x20, 0x0004_001C).poke(UART0 + 0x20, 0x1C);
    let program = (0..4).fold(program, |p, n| p.poke(UART0, 0x41 + n));
    let (mut machine, _) = program.peek(UART0 + 0x1C).run();
    let before = machine.soc().sys.sent.len();
    machine.run_for(ms(10));
    let sent = &machine.soc().sys.sent;
    let times: Vec<_> = sent[before.saturating_sub(1)..].iter().map(|s| s.time).collect();
    let gaps: Vec<u64> = times.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(gaps.iter().all(|g| *g == us(1000)), "10 bits at 10000 baud: {gaps:?}");
    let text = machine.take_output(0);
    assert!(text.ends_with(b"ABCD"), "{}", String::from_utf8_lossy(&text));
}

#[test]
fn uart_receives_and_counts() {
    let program = Program::new()
        .pll()
        .poke(UART0 + 0x14, 694)
        .wait(UART0 + 0x1C, 0xFF, 3)
        .peek(UART0)
        .peek(UART0)
        .peek(UART0)
        .peek(UART0 + 0x1C);
    let (_, results) = program.run_on(Config::default(), ms(500), |m| assert_eq!(m.send(0, b"xyz"), 3));
    assert_eq!(results[..3], [0x78, 0x79, 0x7A]);
    assert_eq!(results[3] & 0xFF, 0);
}

#[test]
fn uart_interrupts_by_level_and_time_out() {
    // Threshold 4, time-out 2 characters: two characters time out, four are "full".
    let setup = || {
        Program::new().pll().poke(UART0 + 0x14, 694).poke(UART0 + 0x24, 1 << 31 | 2 << 24 | 4).poke(UART0 + 0x0C, 0x101)
    };
    let (machine, results) = setup().wait(UART0 + 0x08, 0x100, 0x100).peek(UART0 + 0x08).peek(0x3FF2_0020).run_on(
        Config::default(),
        ms(500),
        |m| {
            m.send(0, b"ab");
        },
    );
    assert_eq!(results, [0x100, 1]);
    assert!(machine.soc().sys.irq.counts[5] > 0);
    let (_, results) = setup().wait(UART0 + 0x08, 1, 1).poke(UART0 + 0x10, 1).peek(UART0 + 0x08).run_on(
        Config::default(),
        ms(500),
        |m| {
            m.send(0, b"abcd");
        },
    );
    assert_eq!(results[0] & 1, 1, "comes back while the FIFO is that full");
}

#[test]
fn uart_overflow_break_and_wrong_rate() {
    let (_, results) = Program::new()
        .pll()
        .poke(UART0 + 0x14, 694)
        .wait(UART0 + 0x04, 1 << 4, 1 << 4)
        .peek(UART0 + 0x1C)
        .run_on(Config::default(), ms(500), |m| {
            assert_eq!(m.send(0, &[7; 200]), 200);
        });
    assert_eq!(results[0] & 0xFF, 128);
    let (_, results) =
        Program::new().wait(UART0 + 0x04, 1 << 7, 1 << 7).peek(UART0 + 0x04).run_on(Config::default(), ms(500), |m| {
            let soc = m.soc_mut();
            soc.uarts[0].receive_break(&mut soc.sys);
        });
    assert_eq!(results[0] & 0x88, 0x88);
    // The other end is twice as fast: what arrives is something else, with a framing error.
    let (_, results) =
        Program::new().pll().poke(UART0 + 0x14, 694).wait(UART0 + 0x1C, 0xFF, 1).peek(UART0).peek(UART0 + 4).run_on(
            Config::default(),
            ms(500),
            |m| {
                m.soc_mut().uarts[0].set_peer_baud(Some(57600));
                m.send(0, b"U");
            },
        );
    assert_ne!(results[0], 0x55);
}

#[test]
fn uart_loops_back_and_measures_pulses() {
    let (_, results) = Program::new()
        .pll()
        .poke(UART1 + 0x14, 694)
        .poke(UART1 + 0x20, 0x1C | 1 << 14)
        .poke(UART1 + 0x18, 1)
        .poke(UART1, 0x55)
        .wait(UART1 + 0x1C, 0xFF, 1)
        .peek(UART1)
        .peek(UART1 + 0x28)
        .peek(UART1 + 0x2C)
        .peek(UART1 + 0x30)
        .run();
    assert_eq!(results, [0x55, 694, 694, 10]);
}

#[test]
fn timers_count_and_call() {
    let (machine, results) = Program::new()
        .pll()
        .poke(DPORT + 4, 6)
        .poke(TIMER, 1000)
        .poke(TIMER + 8, 0x80 | 0x40 | 4)
        .spin(100)
        .peek(TIMER + 4)
        .spin(30_000)
        .peek(TIMER + 8)
        .poke(TIMER + 0x0C, 1)
        .poke(TIMER + 8, 0)
        .poke(TIMER + 0x20, 0)
        .poke(TIMER + 0x30, 100)
        .poke(TIMER + 0x28, 0x80 | 8)
        .spin(60_000)
        .peek(TIMER + 0x24)
        .peek(TIMER + 0x28)
        .run();
    assert!((960..1000).contains(&results[0]), "{results:?}");
    assert_eq!(results[1] & 0x1C0, 0x1C0);
    assert!((460..480).contains(&results[2]), "120 000 cycles by 256: {results:?}");
    assert_eq!(results[3] & 0x100, 0x100);
    let counts = machine.soc().sys.irq.counts;
    assert_eq!(counts[10], 1, "once for each write of the alarm");
    assert!((3..=4).contains(&counts[9]), "60 000 cycles by 16 000: {counts:?}");
}

#[test]
fn interrupts_reach_the_program_and_wake_it() {
    // FRC1 every 1600 cycles; the handler counts in memory; the program waits for three.
    let count = 0x3FFE_A000;
    // The level-1 vector stands at 0x50 of VECBASE 0x40100200.
    let mut vectors = vec![0u8; 0x50];
    let mut handler = common::asm::Asm::new(0x4010_0250);
    handler.li(8, count);
    handler.l32i(9, 8, 0);
    handler.addi(9, 9, 1);
    handler.s32i(9, 8, 0);
    handler.li(9, 1 << 9);
    handler.wsr(9, 227);
    handler.rfe();
    vectors.extend(handler.bytes());
    let mut main = common::asm::Asm::new(0x4010_0400);
    main.li(2, 0x4010_0200);
    main.wsr(2, 231);
    main.li(2, count);
    main.li(3, 0);
    main.s32i(3, 2, 0);
    for (address, value) in [(DPORT + 4, 2), (TIMER, 1600), (TIMER + 8, 0xC0)] {
        main.li(4, address);
        main.li(5, value);
        main.s32i(5, 4, 0);
    }
    main.li(3, 1 << 9);
    main.wsr(3, 228);
    let again = main.here();
    main.waiti(0);
    main.l32i(3, 2, 0);
    main.addi(3, 3, -3);
    main.bnez(3, again);
    main.li(3, 0);
    main.wsr(3, 228);
    let forever = main.here();
    main.j(forever);
    let flash = common::asm::image(0x4010_0400, &[(0x4010_0200, vectors), (0x4010_0400, main.bytes())]);
    let mut machine = Machine::new(Config::default()).expect("valid");
    assert!(machine.load_flash(0, &flash));
    let stop = machine.run_for(ms(100));
    assert_eq!(stop, Stop::Time);
    assert_eq!(machine.read_word(count), Some(3));
}

#[test]
fn the_nmi_is_what_is_selected() {
    let (machine, _) = Program::new().poke(DPORT + 4, 2).poke(DPORT, 0x0F).run();
    assert_eq!(machine.soc().sys.irq.nmi_select, 0x0F);
    // Its vector is the ROM's, which is nobody's here: a crash, at VECBASE + 0x20.
    let program = Program::new().poke(DPORT + 4, 2).poke(DPORT, 0x0F).poke(TIMER, 100).poke(TIMER + 8, 0xC0).spin(1000);
    let mut machine = bare(program);
    assert!(matches!(machine.run_for(ms(200)), Stop::Crash(_)));
    assert_eq!(machine.cpu().pc(), 0x4000_0020);
}

#[test]
fn the_watchdog_bites_after_two_stages() {
    let program = Program::new().pll().poke(DPORT + 4, 1).poke(WDT + 4, 1).poke(WDT + 8, 2).poke(WDT, 0x39);
    let (mut machine, _) = program.run();
    let start = machine.now();
    while machine.reboots() == 0 {
        machine.run_for(us(10));
    }
    let took = (machine.now() - start) / TICKS_PER_US;
    // 2 and 4 times 0.8192 ms, less what had passed, and 2 ms in which the ROM starts.
    assert!((6600..=6930).contains(&took), "{took}");
    assert_eq!(machine.soc().sys.irq.counts[8], 1);
    assert_eq!(machine.read_word(RTC + 0x14), Some(ResetCause::Watchdog as u32));
}

#[test]
fn a_fed_watchdog_does_not_bite_and_can_be_switched_off() {
    let on = Program::new().pll().poke(WDT + 4, 1).poke(WDT + 8, 1).poke(WDT, 0x39);
    let fed = (0..8).fold(on, |p, _| p.spin(30_000).poke(WDT + 0x14, 0x73)).poke(WDT, 0x38).poke(WDT + 0x14, 0x73);
    let (mut machine, _) = fed.run();
    machine.run_for(ms(50));
    assert_eq!(machine.reboots(), 0);
}

#[test]
fn gpio_drives_reads_and_calls() {
    let (machine, results) = Program::new()
        .poke(GPIO + 0x28 + 4 * 4, 3 << 7)
        .poke(GPIO + 0x04, 1 << 4)
        .poke(GPIO + 0x10, 1 << 4)
        .peek(GPIO + 0x18)
        .peek(GPIO + 0x1C)
        .poke(GPIO + 0x24, 1 << 4)
        .poke(GPIO + 0x08, 1 << 4)
        .peek(GPIO + 0x18)
        .peek(GPIO + 0x1C)
        .poke(IO_MUX + 0x40, 1 << 7)
        .peek(GPIO + 0x18)
        .peek(GPIO)
        .peek(GPIO + 0x0C)
        .run();
    assert_eq!(results[0] & 1 << 4, 1 << 4);
    assert_eq!(results[1], 1 << 4);
    assert_eq!((results[2] & 1 << 4, results[3]), (0, 1 << 4));
    assert_eq!(results[4] & 1 << 5, 1 << 5, "the pull-up of GPIO5");
    assert_eq!(results[0] >> 16 & 7, 3, "strapping");
    assert_eq!((results[5], results[6]), (0, 1 << 4));
    assert_eq!(machine.soc().sys.irq.counts[4], 2);
}

#[test]
fn gpio_open_drain_levels_and_level_interrupts() {
    let (_, results) = Program::new()
        .poke(GPIO + 0x28 + 5 * 4, 4)
        .poke(GPIO + 0x04, 1 << 5)
        .poke(GPIO + 0x10, 1 << 5)
        .poke(GPIO + 0x28 + 14 * 4, 4 << 7)
        .poke(GPIO + 0x24, 1 << 14)
        .peek(GPIO + 0x18)
        .peek(GPIO + 0x1C)
        .run_on(Config::default(), ms(100), |m| {
            m.set_pin(5, Drive::Low);
            m.set_pin(14, Drive::Low);
        });
    assert_eq!(results[0] & 1 << 5, 0, "open drain lets it be pulled low");
    assert_eq!(results[1] & 1 << 14, 1 << 14, "a level that lasts comes back");
}

#[test]
fn sigma_delta_has_its_density() {
    let mut program =
        Program::new().pll().poke(GPIO + 0x28 + 4 * 4, 1).poke(GPIO + 0x10, 1 << 4).poke(GPIO + 0x68, 1 << 16 | 64);
    for n in 0..200 {
        program = program.spin(1 + n % 7).peek(GPIO + 0x18);
    }
    let (_, results) = program.run();
    let high = results.iter().filter(|r| **r & 1 << 4 != 0).count();
    assert!((30..70).contains(&high), "a quarter of 200: {high}");
}

#[test]
fn gpio16_is_the_rtcs() {
    let (machine, results) = Program::new()
        .poke(RTC + 0x68, 1)
        .poke(RTC + 0x74, 1)
        .peek(RTC + 0x8C)
        .poke(RTC + 0x68, 0)
        .peek(RTC + 0x8C)
        .poke(RTC + 0x74, 0)
        .run_on(Config::default(), ms(100), |m| m.set_pin(16, Drive::PullUp));
    assert_eq!(results, [1, 0]);
    assert!(machine.pin(16));
}

#[test]
fn the_slow_counter_and_its_calibration() {
    let (_, results) = Program::new()
        .pll()
        .peek(RTC + 0x1C)
        .spin(40_000)
        .peek(RTC + 0x1C)
        .poke(GPIO + 0x6C, 0x101)
        .poke(GPIO + 0x6C, 1 << 31 | 0x101)
        .wait(GPIO + 0x70, 1 << 31, 1 << 31)
        .peek(GPIO + 0x70)
        .run();
    // 80 000 cycles are 1000 us, 153 ticks of 6.5 us.
    assert!((153..=155).contains(&(results[1] - results[0])), "{results:?}");
    // As the vendor's formula has it: microseconds times 4096.
    assert_eq!((results[2] & 0xFFF_FFFF) / 16 / 26, 6 * 4096 + 2048);
}

#[test]
fn the_adc_reads_what_is_wired() {
    let program = || {
        Program::new()
            .poke(ADC + 0x1C, 1 << 21)
            .poke(ADC + 0x10, 1 | 7 << 2)
            .poke(ADC + 0x10, 3 | 7 << 2)
            .wait(ADC + 0x10, 7 << 24, 0)
            .peek(ADC + 0x40)
            .peek(ADC + 0x5C)
    };
    for mv in [0, 250, 500, 1000] {
        let (_, results) = program().run_on(Config::default(), ms(100), |m| m.soc_mut().sys.tout_mv = mv);
        for raw in results {
            let value = 0x800 - (raw & 0xFFF);
            assert!(value.abs_diff(mv * 2047 / 1000) <= 1, "{mv} mV: {value}");
        }
    }
}

#[test]
fn fuses_random_numbers_and_clocks() {
    let (machine, results) = Program::new()
        .peek(DPORT + 0x50)
        .peek(DPORT + 0x54)
        .peek(DPORT + 0x5C)
        .peek(0x3FF2_0E44)
        .peek(0x3FF2_0E44)
        .poke(DPORT + 0x14, 1)
        .peek(0x3FF2_0C00)
        .spin(50_000)
        .peek(0x3FF2_0C00)
        .pll()
        .peek(REGI2C + 16)
        .run();
    assert_eq!((results[0] >> 24, results[1] & 0xFFFF, results[2]), (0x54, 0x4B52, 0x5C_CF7F));
    assert_ne!(results[3], results[4]);
    // 100 000 cycles at twice 52 MHz.
    assert!((960..975).contains(&(results[6] - results[5])), "{results:?}");
    assert_eq!(machine.soc().sys.clocks.cpu_hz(), 160_000_000);
}

#[test]
fn the_flash_controller_reads_programs_and_erases() {
    let wait = |p: Program| p.wait(SPI0, u32::MAX, 0);
    let command = |p: Program, bit: u32| wait(p.poke(SPI0, 1 << bit));
    let mut p = Program::new();
    p = command(p, 28).peek(SPI0 + 0x40);
    p = command(p, 30);
    p = command(
        p.poke(SPI0 + 4, 0x10_0000 | 8 << 24).poke(SPI0 + 0x40, 0x0403_0201).poke(SPI0 + 0x44, 0x0807_0605),
        25,
    );
    p = command(p, 27).peek(SPI0 + 0x10);
    p = p.spin(100_000);
    p = command(p, 27).peek(SPI0 + 0x10);
    p = command(p.poke(SPI0 + 4, 0x10_0002 | 4 << 24), 31).peek(SPI0 + 0x40);
    // The unique id by a user command: code, 32 dummy clocks, 64 bits in.
    let user = p
        .poke(SPI0 + 0x1C, 1 << 31 | 1 << 29 | 1 << 28)
        .poke(SPI0 + 0x20, 31 | 63 << 8)
        .poke(SPI0 + 0x24, 7 << 28 | 0x4B);
    p = command(user, 18).peek(SPI0 + 0x40).peek(SPI0 + 0x44);
    p = command(p, 30);
    p = command(p.poke(SPI0 + 4, 0x10_0000), 24);
    p = command(p, 27).peek(SPI0 + 0x10);
    let (mut machine, results) = p.run();
    let id = machine.flash().unique_id();
    assert_eq!(results[0], 0x0016_40EF);
    assert_eq!((results[1] & 1, results[2] & 1), (1, 0));
    assert_eq!(results[3], 0x0605_0403);
    assert_eq!([results[4].to_le_bytes(), results[5].to_le_bytes()].concat(), id);
    assert_eq!(results[6] & 3, 3);
    machine.run_for(ms(100));
    assert_eq!(machine.flash().bytes()[0x10_0000..0x10_0008], [0xFF; 8]);
}

#[test]
fn the_window_maps_megabytes_and_traps_narrow_reads() {
    let on = 1 << 8;
    let (machine, results) = Program::new()
        .poke(DPORT + 0x0C, on)
        .peek(0x4020_0400)
        .poke(DPORT + 0x0C, on | 1 << 25)
        .peek(0x4020_0400)
        .poke(DPORT + 0x0C, on | 1 << 16)
        .peek(0x4020_0400)
        .poke(DPORT + 0x0C, on | 1)
        .peek(DPORT + 0x0C)
        .poke(DPORT + 0x0C, 0)
        .peek(0x4020_0400)
        .run_on(Config::default(), ms(100), |m| {
            for (at, byte) in [(0x400, 1), (0x10_0400, 2), (0x20_0400, 3)] {
                assert!(m.load_flash(at, &[byte, 0, 0, 0]));
            }
        });
    assert_eq!(results[..3], [1, 2, 3]);
    assert_eq!(results[3] & 3, 3);
    assert_eq!(results[4], 0);
    assert!(machine.soc().sys.findings.iter().any(|f| f.address == 0x4020_0400));
    let program = Program::new().poke(DPORT + 0x0C, on).with(|asm| {
        asm.li(2, 0x4020_0400);
        asm.l8ui(3, 2, 0);
    });
    let mut machine = bare(program);
    let Stop::Crash(crash) = machine.run_for(ms(200)) else { panic!("no trap") };
    assert_eq!((crash.cause, crash.address), (3, 0x4020_0400));
    assert_eq!(machine.soc().sys.stats.narrow_traps_total, 1);
}

#[test]
fn code_runs_from_flash() {
    // At flash offset 0x2000: a store and a return.
    let mut far = common::asm::Asm::new(0x4020_2000);
    far.li(6, 0x1234_5678);
    far.jx(7);
    let program = Program::new().poke(DPORT + 0x0C, 1 << 8).with(|asm| {
        let at = (asm.here() + 40) & !3;
        asm.li(2, 0x4020_2000);
        asm.li(7, at);
        asm.jx(2);
        while asm.here() + 3 <= at {
            asm.emit(0x20F0);
        }
        asm.align();
        asm.s32i(6, 12, 0);
    });
    let (mut machine, _) = program.run_on(Config::default(), ms(200), |m| assert!(m.load_flash(0x2000, &far.bytes())));
    assert_eq!(machine.read_word(common::RESULTS), Some(0x1234_5678));
}

#[test]
fn hspi_shifts_in_all_modes() {
    for (polarity, phase) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        // MOSI and MISO are the same wire here: GPIO13 to GPIO12.
        let out_edge = polarity ^ phase;
        let (machine, results) = Program::new()
            .poke(IO_MUX + 0x04, 2 << 4)
            .poke(IO_MUX + 0x08, 2 << 4)
            .poke(IO_MUX + 0x0C, 2 << 4)
            .poke(HSPI + 0x2C, 0x1E | polarity << 29)
            .poke(HSPI + 0x18, 0x0000_3043)
            .poke(HSPI + 0x1C, 1 << 27 | out_edge << 7 | 1)
            .poke(HSPI + 0x20, 15 << 17)
            .poke(HSPI + 0x40, 0xA5C3)
            .poke(HSPI, 1 << 18)
            .wait(HSPI, 1 << 18, 0)
            .peek(HSPI + 0x40)
            .peek(HSPI + 0x30)
            .run_on(Config::default(), ms(100), |m| {
                m.add_part(Box::new(Wire));
            });
        assert_eq!(results[0] & 0xFFFF, 0xA5C3, "mode {polarity}{phase}");
        assert_eq!(results[1] & 0x10, 0x10);
        assert_eq!(machine.pin(14), polarity == 1);
    }
}

/// GPIO13 wired to GPIO12.
#[derive(Clone)]
struct Wire;

impl krait_soc::Part for Wire {
    fn attach(&mut self, wires: &mut krait_soc::Wires<'_>) {
        wires.watch(13);
    }

    fn change(&mut self, change: krait_soc::pads::PadChange, wires: &mut krait_soc::Wires<'_>) {
        if let krait_soc::pads::Change::Level(level) = change.what {
            wires.drive_at(12, if level { Drive::High } else { Drive::Low }, change.time);
        }
    }

    fn boxed_clone(&self) -> Box<dyn krait_soc::Part> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn i2s_plays_what_dma_brings() {
    let (d0, buffer) = (0x3FFE_A000, 0x3FFE_B000);
    let mut p = Program::new().pll();
    for n in 0..16 {
        p = p.poke(buffer + 4 * n, n << 16 | (100 + n));
    }
    p = p
        .poke(d0, 1 << 31 | 1 << 30 | 64 << 12 | 64)
        .poke(d0 + 4, buffer)
        .poke(d0 + 8, d0)
        .poke(SLC, 1 << 12)
        .poke(SLC + 0x0C, 1 << 17)
        .poke(SLC + 0x24, d0 & 0xF_FFFF | 1 << 29)
        .poke(I2S + 0x20, 1 << 12)
        // 160 MHz by 32, 8 and 14: 44 643 frames a second.
        .poke(I2S + 0x08, 14 << 22 | 8 << 16 | 1 << 8)
        .wait(SLC + 0x08, 1 << 17, 1 << 17)
        .peek(SLC + 0x48)
        .poke(SLC + 0x10, 1 << 17)
        .peek(SLC + 0x08);
    let (machine, results) = p.run();
    assert_eq!(results, [d0, 0]);
    let audio = &machine.soc().sys.audio;
    assert_eq!(audio.rate, 44642);
    let expected: Vec<_> = (0..16i16).map(|n| (100 + n, n)).collect();
    assert_eq!(audio.frames[..16], expected);
    assert_eq!(machine.soc().sys.irq.counts[1], 1);
}

#[test]
fn deep_sleep_ends_by_the_wire_from_gpio16() {
    let sleep = Program::new()
        .peek(RTC + 0x14)
        .poke(RTC + 0x18, 8)
        .poke(0x6000_1200, 0xCAFE)
        .poke(RTC + 0x0C, 0x6_40C8)
        .poke(RTC + 0x04, 100_000)
        .spin(2_000_000)
        .poke(RTC + 0x08, 1 << 20);
    let mut machine = bare(sleep);
    machine.add_part(Box::new(ResetWire));
    machine.run_for(ms(640));
    assert_eq!((machine.reboots(), machine.pin(16)), (0, true), "it sleeps until 650 ms");
    machine.run_for(ms(40));
    assert_eq!(machine.reboots(), 1);
    assert_eq!(machine.read_word(RTC + 0x14), Some(ResetCause::DeepSleep as u32));
    assert_eq!(machine.read_word(0x6000_1200), Some(0xCAFE), "RTC memory outlives deep sleep");
    assert_eq!(machine.soc().sys.stats.resets, 1);
}

/// GPIO16 wired to RST.
#[derive(Clone)]
struct ResetWire;

impl krait_soc::Part for ResetWire {
    fn attach(&mut self, wires: &mut krait_soc::Wires<'_>) {
        wires.watch(16);
    }

    fn change(&mut self, change: krait_soc::pads::PadChange, wires: &mut krait_soc::Wires<'_>) {
        if change.what == krait_soc::pads::Change::Level(false) {
            wires.reset_chip();
        }
    }

    fn boxed_clone(&self) -> Box<dyn krait_soc::Part> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn light_sleep_ends_by_timer_or_pin() {
    let sleep = |wake: u32| {
        Program::new()
            .pll()
            .poke(GPIO + 0x28 + 4 * 4, 4 << 7 | 1 << 10)
            .poke(RTC + 0x18, wake)
            .poke(RTC + 0x0C, 0x1_0010)
            .poke(RTC + 0x04, 30_000)
            .poke(RTC + 0x08, 1 << 20)
            .peek(RTC + 0x1C)
            .peek(RTC + 0x18)
    };
    let (_, results) = sleep(8).run_on(Config::default(), ms(1000), |m| m.set_pin(4, Drive::High));
    assert!((30_000..30_010).contains(&results[0]), "{results:?}");
    assert_eq!(results[1] >> 8, 8);
    let (_, results) = sleep(4).run_on(Config::default(), ms(1000), |m| m.set_pin(4, Drive::Low));
    assert!(results[0] < 30_000);
}
