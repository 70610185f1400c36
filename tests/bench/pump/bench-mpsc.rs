// SPDX-License-Identifier: LGPL-2.1-or-later
// Rust's std::sync::mpsc, used as the pump's benchmark uses the pump: `bench-mpsc PRODUCERS MESSAGES`
// posts function and data, unboxed, from threads to the main one, and prints nanoseconds a message.
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

static mut HANDLED: usize = 0;

struct Message {
    func: fn(usize),
    data: usize,
}

#[inline(never)]
fn handle(_data: usize) {
    unsafe { HANDLED += 1 }
}

fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let (producers, messages) = (arguments[0], arguments[1]);
    let (sender, receiver) = mpsc::channel::<Message>();
    let start = Instant::now();
    let threads: Vec<_> = (0..producers)
        .map(|_| {
            let sender = sender.clone();
            thread::spawn(move || {
                for i in 0..messages / producers {
                    sender.send(Message { func: handle, data: i }).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    while let Ok(message) = receiver.recv() {
        (message.func)(message.data);
    }
    println!("{}", start.elapsed().as_nanos() as f64 / messages as f64);
    for thread in threads {
        thread.join().unwrap();
    }
}
