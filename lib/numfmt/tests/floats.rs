//! Floats against core's own reading and printing, and against tables taken from CPython.

use krait_numfmt::*;
use proptest::prelude::*;

fn show<F: Float>(x: F) -> String {
    repr(&mut [0; REPR_LEN], x).to_string()
}

fn style<F: Float>(x: F, code: char, precision: Option<usize>, alternate: bool) -> String {
    let style = FloatStyle::of_code(code as u8, precision, alternate).unwrap();
    let text = FloatText::new(x, style);
    let mut out = String::new();
    text.write_signed(&mut out).unwrap();
    let signs = usize::from(text.is_negative());
    assert_eq!(out.len(), signs + text.whole_len() + text.rest_len());
    out
}

fn bare(x: f64, precision: usize) -> String {
    let style = FloatStyle { precision: Some(precision), ..FloatStyle::REPR };
    let mut out = String::new();
    FloatText::new(x, style).write_signed(&mut out).unwrap();
    out
}

/// Core's exact digits in C's `%e` dress.
fn core_e<F: Float>(x: F, precision: usize) -> String {
    let text = format!("{x:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

fn f64s() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        any::<f64>(),
        (-1_000_000_000i64..1_000_000_000, 0..12).prop_map(|(n, e)| n as f64 / 10f64.powi(e)),
        (any::<i64>(), 0..60).prop_map(|(n, e)| n as f64 / (1u64 << e) as f64),
        (0..20u32, -3i64..4)
            .prop_map(|(e, slip)| (10f64.powi(e as i32).to_bits() as i64 + slip) as u64)
            .prop_map(f64::from_bits),
    ]
}

fn f32s() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<u32>().prop_map(f32::from_bits),
        (-1_000_000i32..1_000_000, 0..9).prop_map(|(n, e)| n as f32 / 10f32.powi(e)),
        (any::<i32>(), 0..30).prop_map(|(n, e)| n as f32 / (1u64 << e) as f32),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn repr_reads_back(x in f64s()) {
        let s = show(x);
        let back: f64 = parse(s.as_bytes()).unwrap();
        prop_assert!(back.to_bits() == x.to_bits() || x.is_nan() && back.is_nan());
        if x.is_finite() {
            prop_assert_eq!(digits(&s), digits(&format!("{x:e}")));
        }
    }

    #[test]
    fn repr_reads_back_single(x in f32s()) {
        let s = show(x);
        let back: f32 = parse(s.as_bytes()).unwrap();
        prop_assert!(back.to_bits() == x.to_bits() || x.is_nan() && back.is_nan());
        if x.is_finite() {
            prop_assert_eq!(digits(&s), digits(&format!("{x:e}")));
        }
    }

    #[test]
    fn exact_digits(x in f64s(), precision in prop_oneof![0usize..25, 0usize..1200]) {
        prop_assume!(x.is_finite());
        prop_assert_eq!(style(x, 'f', Some(precision), false), format!("{x:.precision$}"));
        prop_assert_eq!(style(x, 'e', Some(precision), false), core_e(x, precision));
        prop_assert_eq!(style(x, 'E', Some(precision), false), core_e(x, precision).to_uppercase());
    }

    #[test]
    fn exact_digits_single(x in f32s(), precision in prop_oneof![0usize..15, 0usize..200]) {
        prop_assume!(x.is_finite());
        prop_assert_eq!(style(x, 'f', Some(precision), false), format!("{x:.precision$}"));
        prop_assert_eq!(style(x, 'e', Some(precision), false), core_e(x, precision));
    }

    #[test]
    fn general_is_one_of_the_two(x in f64s(), precision in 0usize..20) {
        prop_assume!(x.is_finite());
        let p = precision.max(1);
        let e = core_e(x, p - 1);
        let exponent: i32 = e.split_once('e').unwrap().1.parse().unwrap();
        let want = if exponent < -4 || exponent >= p as i32 {
            e
        } else {
            let places = (p as i32 - 1 - exponent) as usize;
            format!("{x:.places$}")
        };
        prop_assert_eq!(style(x, 'g', Some(precision), true).replace('.', ""), want.replace('.', ""));
        let (number, tail) = match want.split_once('e') {
            Some((number, tail)) => (number, format!("e{tail}")),
            None => (want.as_str(), String::new()),
        };
        let short = match number.contains('.') {
            true => number.trim_end_matches('0').trim_end_matches('.'),
            false => number,
        };
        prop_assert_eq!(style(x, 'g', Some(precision), false), format!("{short}{tail}"));
    }

    #[test]
    fn underscores_change_nothing(x in f64s(), at in 0usize..20, precision in 0usize..900) {
        prop_assume!(x.is_finite());
        for s in [show(x), format!("{x:.precision$}"), format!("{x:.precision$e}")] {
            let mut spaced = s.clone();
            let first = s.find(|c: char| c.is_ascii_digit()).unwrap() + 1;
            spaced.insert(first, '_');
            let want: f64 = s.parse().unwrap();
            prop_assert_eq!(parse::<f64>(s.as_bytes()), Some(want));
            prop_assert_eq!(parse::<f64>(spaced.as_bytes()), Some(want), "{}", spaced);
            let want: f32 = s.parse().unwrap();
            prop_assert_eq!(parse::<f32>(spaced.as_bytes()), Some(want), "{} {}", spaced, at);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(s in "[-+0-9._eEinfaINFty ]{0,20}") {
        let got = parse::<f64>(s.as_bytes());
        if !s.contains('_') {
            prop_assert_eq!(got.map(f64::to_bits), s.parse::<f64>().ok().map(f64::to_bits));
        }
        if let Some((_, n)) = parse_prefix::<f32>(s.as_bytes()) {
            prop_assert!(n <= s.len());
            prop_assert!(parse::<f32>(&s.as_bytes()[..n]).is_some());
        }
    }
}

/// The significant digits of a number, bare.
fn digits(s: &str) -> String {
    let mantissa = s.split('e').next().unwrap_or("").replace(['.', '-'], "");
    mantissa.trim_start_matches('0').trim_end_matches('0').to_string()
}

#[test]
fn repr_as_cpython() {
    for (x, want) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.5e16, "1.5e+16"),
        (1e22, "1e+22"),
        (123456789012345680.0, "1.2345678901234568e+17"),
        (9007199254740993.0, "9007199254740992.0"),
        (9999999999999998.0, "9999999999999998.0"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (0.00012345, "0.00012345"),
        (1e100, "1e+100"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (-123.456, "-123.456"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (-f64::NAN, "nan"),
        (1.0 / 3.0, "0.3333333333333333"),
        (100.0, "100.0"),
        (3.15, "3.15"),
    ] {
        assert_eq!(show(x), want);
    }
    for (x, want) in [
        (0.1f32, "0.1"),
        (1.0 / 3.0, "0.33333334"),
        (16777216.0, "16777216.0"),
        (1e16, "1e+16"),
        (f32::MAX, "3.4028235e+38"),
        (1e-45, "1e-45"),
        (3.15, "3.15"),
        (1e10, "10000000000.0"),
    ] {
        assert_eq!(show(x), want);
    }
}

#[test]
fn printf_as_cpython() {
    let table: &[(f64, char, Option<usize>, bool, &str)] = &[
        (0.5, 'f', Some(0), false, "0"),
        (1.5, 'f', Some(0), false, "2"),
        (2.5, 'f', Some(0), false, "2"),
        (0.05, 'f', Some(1), false, "0.1"),
        (0.25, 'f', Some(1), false, "0.2"),
        (9.99, 'f', Some(1), false, "10.0"),
        (0.999, 'e', Some(1), false, "1.0e+00"),
        (9.99, 'e', Some(1), false, "1.0e+01"),
        (1e-300, 'f', None, false, "0.000000"),
        (0.0, 'e', None, false, "0.000000e+00"),
        (1.0, 'g', Some(0), false, "1"),
        (1.23456, 'g', None, false, "1.23456"),
        (100000.0, 'g', None, false, "100000"),
        (1000000.0, 'g', None, false, "1e+06"),
        (999999.5, 'g', None, false, "1e+06"),
        (0.0001, 'g', None, false, "0.0001"),
        (0.00001, 'g', None, false, "1e-05"),
        (0.0, 'g', None, false, "0"),
        (0.0, 'g', None, true, "0.00000"),
        (1.0, 'g', None, true, "1.00000"),
        (1e10, 'g', Some(3), true, "1.00e+10"),
        (3.0, 'f', Some(0), true, "3."),
        (3.0, 'e', Some(0), true, "3.e+00"),
        (0.5, '%', None, false, "50.000000%"),
        (0.125, '%', Some(0), false, "12%"),
        (-1.5, 'F', Some(1), false, "-1.5"),
        (f64::INFINITY, 'F', None, false, "INF"),
        (f64::NAN, 'E', None, false, "NAN"),
        (f64::NEG_INFINITY, '%', None, false, "-inf%"),
        (123456.0, 'n', Some(3), false, "1.23e+05"),
        (1e22, 'f', Some(2), false, "10000000000000000000000.00"),
        (1.5, 'e', Some(30), false, "1.500000000000000000000000000000e+00"),
        (5e-324, 'e', Some(3), false, "4.941e-324"),
        (1e-10, 'G', Some(17), false, "1E-10"),
    ];
    for &(x, code, precision, alternate, want) in table {
        let got = style(x, code, precision, alternate);
        assert_eq!(got, want, "{x:?} {code} {precision:?}");
    }
    for (x, precision, want) in [
        (123.456, 4, "123.5"),
        (0.0, 1, "0e+00"),
        (1.0, 1, "1e+00"),
        (1.0, 2, "1.0"),
        (100.0, 3, "1e+02"),
        (100.0, 4, "100.0"),
        (12345.678, 3, "1.23e+04"),
        (0.00001234, 2, "1.2e-05"),
    ] {
        assert_eq!(bare(x, precision), want);
    }
}

#[test]
fn reading_as_python() {
    for (s, want) in [
        ("1_000.5", 1000.5),
        ("1_0e1_0", 1e11),
        ("Infinity", f64::INFINITY),
        ("-INF", f64::NEG_INFINITY),
        ("1.", 1.0),
        (".5", 0.5),
        ("1.e5", 1e5),
        ("+3", 3.0),
        ("1e400", f64::INFINITY),
        ("-1e-400", -0.0),
        ("1e99999999999999999999", f64::INFINITY),
        ("0e99999999999999999999", 0.0),
        ("1_e-99999999999999999999", 0.0),
        ("0_0.00_0e5", 0.0),
    ] {
        assert_eq!(parse::<f64>(s.as_bytes()), Some(want), "{s}");
    }
    assert!(parse::<f64>(b"nAn").unwrap().is_nan());
    for s in [
        "", "+", ".", "e5", ".e5", "1e", "1e+", "1a", " 1", "1 ", "in", "infin", "--1", "1.2.3", "_", "0x10", "1j",
        "\u{661}",
    ] {
        assert_eq!(parse::<f64>(s.as_bytes()), None, "{s}");
    }
    assert_eq!(parse_prefix::<f64>(b"1.5e3+2j"), Some((1500.0, 5)));
    assert_eq!(parse_prefix::<f64>(b"2e+j"), Some((2.0, 1)));
    let nines = format!(".{}_9e{}", "9".repeat(70), 20);
    assert_eq!(parse::<f64>(nines.as_bytes()), Some(1e20));
    let long = format!("{}_{}e-400", "0".repeat(500), "1".repeat(1000));
    assert_eq!(parse::<f64>(long.as_bytes()), long.replace('_', "").parse().ok());
}

#[test]
fn integers() {
    let mut buf = [0; INT_TEXT_LEN];
    let style = |base, separator| IntStyle { base, upper: false, separator };
    assert_eq!(signed_text(&mut buf, i64::MIN, IntStyle::DECIMAL), "-9223372036854775808");
    assert_eq!(signed_text(&mut buf, 0, IntStyle::DECIMAL), "0");
    assert_eq!(int_text(&mut buf, 1234567, style(10, Some(b','))), "1,234,567");
    assert_eq!(int_text(&mut buf, 123, style(10, Some(b','))), "123");
    assert_eq!(int_text(&mut buf, 0x1_2345_6789, style(16, Some(b'_'))), "1_2345_6789");
    assert_eq!(int_text(&mut buf, u64::MAX, style(2, Some(b'_'))).len(), 79);
    assert_eq!(int_text(&mut buf, 255, IntStyle { base: 16, upper: true, separator: None }), "FF");
    assert_eq!(signed_text(&mut buf, i64::MIN, style(2, Some(b'_'))).len(), 80);
}
