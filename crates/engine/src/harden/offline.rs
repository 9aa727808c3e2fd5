//! The kernel keeps this process from every network: it may open sockets to programs of this machine and no others.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// Families of sockets that end at this machine: to programs, and to the kernel itself.
const LOCAL: [i32; 2] = [libc::AF_UNIX, libc::AF_NETLINK];

/// From now on `socket` of any other family fails with `EACCES`, in all threads and in whatever this process starts.
///
/// Needs "no new privileges". The error says what the kernel would not have.
pub fn go() -> Result<(), seccompiler::Error> {
    seccompiler::apply_filter_all_threads(&filter()?)
}

fn filter() -> Result<BpfProgram, seccompiler::Error> {
    let is_not = |family: i32| {
        SeccompCondition::new(
            0,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Ne,
            family as u32 as u64,
        )
    };
    let elsewhere = LOCAL
        .map(is_not)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    // A ring would open sockets past this filter; nothing here uses one.
    let rules = BTreeMap::from([
        (libc::SYS_socket, vec![SeccompRule::new(elsewhere)?]),
        (libc::SYS_io_uring_setup, vec![]),
    ]);
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EACCES as u32),
        TargetArch::try_from(std::env::consts::ARCH)?,
    )?;
    Ok(filter.try_into()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        net::{TcpListener, TcpStream, UdpSocket},
        os::unix::net::UnixStream,
        thread,
    };

    #[test]
    fn no_socket_of_a_network_can_be_opened() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // The control: without the filter it can.
        TcpStream::connect(address).unwrap();
        let kept = thread::spawn(move || {
            // SAFETY: takes numbers.
            unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
            seccompiler::apply_filter(&filter().unwrap()).unwrap();
            let refused = [
                TcpStream::connect(address).map(drop),
                UdpSocket::bind("0.0.0.0:0").map(drop),
                UdpSocket::bind("[::1]:0").map(drop),
            ];
            (
                refused.map(|tried| tried.unwrap_err().kind()),
                UnixStream::pair().is_ok(),
            )
        });
        let (refused, talks_to_programs) = kept.join().unwrap();
        assert_eq!(refused, [std::io::ErrorKind::PermissionDenied; 3]);
        assert!(talks_to_programs);
    }
}
