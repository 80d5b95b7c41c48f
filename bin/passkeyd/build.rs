//! Tells the linker to put the functions that a start and a sign-in run side by side.
//!
//! They are a fifth of the program. Strewn over all of it they make the system map most of it; in one place they take as
//! much memory as they are long. Their names are in `layout.txt`, which `tests/layout` writes. Names that the compiler no
//! longer gives are passed over: then the functions stand where the linker likes, and nothing else changes.

use std::{env, path::Path};

/// The variable that keeps the names of functions in a release, for profilers and for `tests/layout`.
const KEEP_SYMBOLS: &str = "PASSKEYD_KEEP_SYMBOLS";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=layout.txt");
    println!("cargo::rerun-if-env-changed={KEEP_SYMBOLS}");
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    if !is("PROFILE", "release") || !is("CARGO_CFG_TARGET_OS", "linux") {
        return;
    }
    if env::var_os(KEEP_SYMBOLS).is_none() {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
    if let Ok(root) = env::var("CARGO_MANIFEST_DIR")
        && is("TARGET", "x86_64-unknown-linux-gnu")
        && links_with_lld()
    {
        println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={root}/layout.txt");
        println!("cargo::rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
    }
}

/// rustc links this target with the lld that it brings, where it brings one and nobody has chosen another linker.
fn links_with_lld() -> bool {
    let chosen = env::var_os("RUSTC_LINKER").is_some()
        || env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
    let (Some(compiler), Ok(target)) = (env::var_os("RUSTC"), env::var("TARGET")) else {
        return false;
    };
    let sysroot = std::process::Command::new(compiler)
        .args(["--print", "sysroot"])
        .output();
    let Ok(Ok(sysroot)) = sysroot.map(|output| String::from_utf8(output.stdout)) else {
        return false;
    };
    let lld = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(target)
        .join("bin/gcc-ld/ld.lld");
    !chosen && lld.exists()
}
