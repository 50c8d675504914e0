//! What `tunnel_bench fanout` does, with quinn: 60 frames a second at 8 Mbit/s to a number of viewers, a stream for each
//! group of 120 frames. The viewers are one process, each with a socket of its own; the host is another.
//!   quinn_fanout plain|tuned VIEWERS SECONDS CERTIFICATE.der KEY.der
//! plain: quinn's defaults, on tokio's default runtime. tuned: as close to ours as its settings come, which is a thread a
//! process, our cipher, and the largest packets from the start.
use bytes::Bytes;
use quinn::{ClientConfig, Connection, Endpoint, ServerConfig, TransportConfig};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::broadcast;
use tokio::time::Instant;

const FPS: u32 = 60;
const FRAME_BYTES: usize = 8_000_000 / 8 / FPS as usize;
const FRAMES_PER_GROUP: u32 = 120;
const LARGEST_PACKET: u16 = 1452;

#[derive(Clone)]
struct Frame {
    bytes: Bytes,
    keyframe: bool,
}

fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn cpu_seconds() -> f64 {
    clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID) as f64 / 1e9
}

fn resident_mb() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / 1e6
}

fn runtime(tuned: bool) -> Runtime {
    let mut builder = if tuned { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build().unwrap()
}

fn transport(tuned: bool) -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    if tuned {
        config.initial_max_udp_payload_size(LARGEST_PACKET);
    }
    Arc::new(config)
}

fn cipher_suites(tuned: bool) -> Vec<rustls::SupportedCipherSuite> {
    if tuned {
        vec![rustls::cipher_suite::TLS13_AES_128_GCM_SHA256]
    } else {
        rustls::DEFAULT_CIPHER_SUITES.to_vec()
    }
}

fn server(tuned: bool, certificate: Vec<u8>, key: Vec<u8>) -> ServerConfig {
    let tls = rustls::ServerConfig::builder()
        .with_cipher_suites(&cipher_suites(tuned))
        .with_kx_groups(&[&rustls::kx_group::X25519])
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![rustls::Certificate(certificate)], rustls::PrivateKey(key))
        .unwrap();
    let mut config = ServerConfig::with_crypto(Arc::new(tls));
    config.transport_config(transport(tuned));
    config
}

fn client(tuned: bool, certificate: Vec<u8>) -> ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(&rustls::Certificate(certificate)).unwrap();
    let tls = rustls::ClientConfig::builder()
        .with_cipher_suites(&cipher_suites(tuned))
        .with_kx_groups(&[&rustls::kx_group::X25519])
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut config = ClientConfig::new(Arc::new(tls));
    config.transport_config(transport(tuned));
    config
}

fn stamped_frame(number: u32) -> Frame {
    let mut bytes = vec![b'x'; FRAME_BYTES];
    bytes[..8].copy_from_slice(&clock_ns(libc::CLOCK_MONOTONIC).to_le_bytes());
    Frame { bytes: bytes.into(), keyframe: number % FRAMES_PER_GROUP == 0 }
}

/// One viewer's writer: a new stream at each keyframe; the one before ends by being let go.
async fn send(connection: Connection, mut frames: broadcast::Receiver<Frame>) {
    let mut stream = None;
    while let Ok(frame) = frames.recv().await {
        if frame.keyframe {
            stream = Some(connection.open_uni().await.unwrap());
        }
        if let Some(stream) = &mut stream {
            stream.write_chunk(frame.bytes).await.unwrap();
        }
    }
}

async fn host(tuned: bool, viewers: usize, seconds: u32, certificate: &str, key: &str) {
    let config = server(tuned, std::fs::read(certificate).unwrap(), std::fs::read(key).unwrap());
    let endpoint = Endpoint::server(config, "127.0.0.1:0".parse().unwrap()).unwrap();
    let port = endpoint.local_addr().unwrap().port().to_string();
    let idle = resident_mb();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["view", if tuned { "tuned" } else { "plain" }, &port, &viewers.to_string(), certificate])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (frames, _) = broadcast::channel(1024);
    for _ in 0..viewers {
        let connection = endpoint.accept().await.unwrap().await.unwrap();
        tokio::spawn(send(connection, frames.subscribe()));
    }
    let (began, cpu) = (Instant::now(), cpu_seconds());
    for number in 0..seconds * FPS {
        tokio::time::sleep_until(began + Duration::from_secs(1) * number / FPS).await;
        frames.send(stamped_frame(number)).ok().unwrap();
    }
    tokio::time::sleep_until(began + Duration::from_secs(seconds.into())).await;
    let percent = (cpu_seconds() - cpu) / began.elapsed().as_secs_f64() * 100.0;
    let resident = resident_mb() - idle;
    endpoint.close(0u32.into(), b"done");
    endpoint.wait_idle().await;
    let mut lag = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut lag).unwrap();
    child.wait().unwrap();
    let way = if tuned { "tuned" } else { "plain" };
    let lag = lag.trim();
    println!("quinn {way} {viewers} viewers at 8 Mbit/s: host {percent:.2} % CPU  +{resident:.1} MB over idle  {lag}");
}

/// One viewer's reader, until the host has gone.
async fn receive(endpoint: Endpoint, host: SocketAddr, lag: Arc<Mutex<Vec<u64>>>) {
    let connection = endpoint.connect(host, "localhost").unwrap().await.unwrap();
    let mut frame = vec![0; FRAME_BYTES];
    while let Ok(mut stream) = connection.accept_uni().await {
        while stream.read_exact(&mut frame).await.is_ok() {
            let made = u64::from_le_bytes(frame[..8].try_into().unwrap());
            lag.lock().unwrap().push(clock_ns(libc::CLOCK_MONOTONIC) - made);
        }
    }
}

async fn view(tuned: bool, port: u16, viewers: usize, certificate: &str) {
    let config = client(tuned, std::fs::read(certificate).unwrap());
    let lag = Arc::new(Mutex::new(Vec::new()));
    let mut all = Vec::new();
    for _ in 0..viewers {
        let mut endpoint = Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
        endpoint.set_default_client_config(config.clone());
        all.push(tokio::spawn(receive(endpoint, ([127, 0, 0, 1], port).into(), lag.clone())));
    }
    for viewer in all {
        viewer.await.unwrap();
    }
    let mut lag = lag.lock().unwrap();
    lag.sort_unstable();
    let at = |share: f64| lag[((lag.len() - 1) as f64 * share) as usize] as f64 / 1e6;
    println!("p50 {:.2} ms  p99 {:.2} ms (n {})", at(0.5), at(0.99), lag.len());
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["view", way, port, viewers, certificate] => {
            let tuned = way == "tuned";
            runtime(tuned).block_on(view(tuned, port.parse().unwrap(), viewers.parse().unwrap(), certificate));
        }
        [way, viewers, seconds, certificate, key] => {
            let tuned = way == "tuned";
            let (viewers, seconds) = (viewers.parse().unwrap(), seconds.parse().unwrap());
            runtime(tuned).block_on(host(tuned, viewers, seconds, certificate, key));
        }
        _ => panic!("quinn_fanout plain|tuned VIEWERS SECONDS CERTIFICATE.der KEY.der"),
    }
}
