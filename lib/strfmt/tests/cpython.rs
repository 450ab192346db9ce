//! Every line of `cpython.tsv` is what CPython 3.11 makes of a value and a spec (kinds I, F, S) or
//! a `%` template (PI, PF, PS): kind, value, spec, result, with tabs between.

use krait_strfmt::*;

/// An integer's digits in a base; wide enough for the table.
fn digits(x: u128, base: u8, upper: bool) -> String {
    match (base, upper) {
        (2, _) => format!("{x:b}"),
        (8, _) => format!("{x:o}"),
        (16, false) => format!("{x:x}"),
        (16, true) => format!("{x:X}"),
        _ => format!("{x}"),
    }
}

fn int(spec: &Spec, text: &str) -> Result<String, Error> {
    let mut out = String::new();
    let x: i128 = text.parse().unwrap();
    match spec.int_form()? {
        IntForm::Digits { base, upper } => {
            write_int(&mut out, spec, x < 0, &digits(x.unsigned_abs(), base, upper))?;
        }
        IntForm::Char => write_char(&mut out, spec, char::from_u32(x as u32).unwrap())?,
        IntForm::Float => write_float(&mut out, spec, x as f64)?,
    }
    Ok(out)
}

fn float(spec: &Spec, text: &str) -> Result<String, Error> {
    let mut out = String::new();
    write_float(&mut out, spec, text.parse::<f64>().unwrap())?;
    Ok(out)
}

fn text(spec: &Spec, s: &str) -> Result<String, Error> {
    let mut out = String::new();
    write_text(&mut out, spec, s)?;
    Ok(out)
}

fn percent(template: &str, value: &str) -> Result<String, Error> {
    let mut out = String::new();
    for piece in Percent::new(template.as_bytes()) {
        match piece? {
            PercentPiece::Literal(text) => out.push_str(std::str::from_utf8(text).unwrap()),
            PercentPiece::Directive(directive) => {
                let spec = directive.spec(None, None)?;
                out += &match directive.kind()? {
                    PercentKind::Integer => int(&spec, value)?,
                    PercentKind::Float => float(&spec, value)?,
                    PercentKind::Char => {
                        let code: u32 = value.parse().unwrap();
                        self::text(&spec, &char::from_u32(code).unwrap().to_string())?
                    }
                    PercentKind::Str | PercentKind::Repr => self::text(&spec, value)?,
                };
            }
        }
    }
    Ok(out)
}

#[test]
fn as_cpython() {
    let mut wrong = 0;
    for line in include_str!("cpython.tsv").lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [kind, value, spec, want] = cells[..] else {
            panic!("{line}");
        };
        let got = match kind {
            "I" => Spec::parse(spec).and_then(|spec| int(&spec, value)),
            "F" => Spec::parse(spec).and_then(|spec| float(&spec, value)),
            "S" => Spec::parse(spec).and_then(|spec| text(&spec, value)),
            _ => percent(spec, value),
        };
        if got.as_deref() != Ok(want) {
            eprintln!("{kind} {value} {spec:?}: {got:?}, not {want:?}");
            wrong += 1;
        }
    }
    assert_eq!(wrong, 0);
}
