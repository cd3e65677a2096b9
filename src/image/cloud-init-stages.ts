/**
 * Before 24.3, and in Ubuntu's packages of later releases, each of cloud-init's four stages starts Python and imports
 * cloud-init. That takes most of a stage's time. With these files, one process imports it, and each stage runs in a
 * child of that process. A stage that does not find the process runs as packaged.
 *
 * Where cloud-init-main.service runs all stages in one process, that process starts with the same preparation.
 */

import { addressState } from './early-address.js';

export const stagesUnit = 'ch-golden-cloud-init.service';
export const mainUnit = 'cloud-init-main.service';
/** Units of cloud-init, of which a release has four. */
export const stageUnits = ['cloud-init-local', 'cloud-init', 'cloud-init-network', 'cloud-config', 'cloud-final'].map(
  (name) => `${name}.service`,
);
const directory = '/usr/local/libexec/ch-golden';
export const stagesScript = `${directory}/cloud-init-stages`;
export const stageScript = `${directory}/cloud-init-stage`;
export const mainScript = `${directory}/cloud-init-main`;
export const stagesGenerator = '/etc/systemd/system-generators/ch-golden-cloud-init';

export const stagesUnitLines: readonly string[] = [
  '[Unit]',
  'Description=Import cloud-init for its stages',
  'DefaultDependencies=no',
  'After=systemd-remount-fs.service',
  'Before=cloud-init-local.service shutdown.target',
  'Conflicts=shutdown.target',
  '',
  '[Service]',
  'Type=notify',
  `ExecStart=/usr/bin/python3 ${stagesScript}`,
  'RuntimeDirectory=ch-golden-cloud-init',
  'RuntimeDirectoryMode=0700',
  // A stage that could not join the control group of its unit.
  'KillMode=process',
  'TasksMax=infinity',
];

/**
 * Lets units start their stage in the process. At each boot, because an upgrade may replace the units: a unit is left
 * alone if it does not just run cloud-init, or if an administrator has changed it.
 */
export const stagesGeneratorText = String.raw`#!/bin/sh
packaged=/lib/systemd/system
own=/etc/systemd/system

is_packaged() { [ -e "$packaged/$1" ] && [ ! -e "$own/$1" ] && [ ! -e "$own/$1.d" ]; }

# Prints the arguments of cloud-init that a unit starts.
find_arguments() {
  found=
  while read -r line; do
    case $line in
      'ExecStart=/usr/bin/cloud-init '*) found=$found${'$'}{line#*cloud-init } ;;
      Exec*) found="$found;" ;;
    esac
  done < "$1"
  case $found in *[!a-z=:\ -]*) found= ;; esac
}

main=${mainUnit}
if [ -e "$packaged/$main" ]; then
  is_packaged "$main" && [ -e ${mainScript} ] && find_arguments "$packaged/$main" || exit 0
  [ "$found" = --all-stages ] && mkdir -p "$1/$main.d" || exit 0
  printf '%s\n' '[Service]' 'SyslogIdentifier=cloud-init' 'ExecStart=' \
    "ExecStart=/usr/bin/python3 ${mainScript} $found" > "$1/$main.d/stages.conf"
  exit 0
fi

[ -e "$own/${stagesUnit}" ] || exit 0
for unit in ${stageUnits.join(' ')}; do
  is_packaged "$unit" && find_arguments "$packaged/$unit" || continue
  [ -n "$found" ] && mkdir -p "$1/$unit.d" || continue
  printf '%s\n' '[Unit]' 'Wants=${stagesUnit}' 'After=${stagesUnit}' '[Service]' 'SyslogIdentifier=cloud-init' \
    'ExecStart=' \
    "ExecStart=/usr/bin/python3 -I -S ${stageScript} $found" > "$1/$unit.d/stages.conf"
done
`;

/** Runs a stage as its unit's process: hands over arguments, environment and streams, and exits as the stage does. */
export const stageScriptText = String.raw`import _signal
import _socket
import posix
import sys

# Only built-in modules: this must start fast. The process of ${stagesUnit} has the others.
cloud_init = "/usr/bin/cloud-init"
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
environment = [name + b"=" + value for name, value in posix.environ.items()]
request = b"\0".join([argument.encode() for argument in sys.argv[1:]] + [b""] + environment)
connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
# The stage may run before this process knows which one it is.
_signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGTERM])
try:
    connection.connect("/run/ch-golden-cloud-init/socket")
    connection.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    child = int.from_bytes(connection.recv(4), sys.byteorder)
except OSError:
    child = 0
if child != 0:
    _signal.signal(_signal.SIGTERM, lambda number, frame: posix.kill(child, number))
_signal.pthread_sigmask(_signal.SIG_UNBLOCK, [_signal.SIGTERM])
if child == 0:
    posix.execv(cloud_init, [cloud_init] + sys.argv[1:])
posix._exit((connection.recv(1) or b"\1")[0])
`;

/**
 * Imports cloud-init. The collector of garbage would find nothing in what is imported. The first stage renames a card
 * for the seed's `set-name`, but none that has an address, and then it ends. So a card that was given one early
 * (early-address.ts) loses it, until the network of the seed is set up.
 */
const preparation = String.raw`gc.disable()
import cloudinit.cmd.main
import cloudinit.net
import cloudinit.subp
import yaml


def remember(load):
    """cloud-init parses its configuration again about 20 times a boot. The parser is slow."""
    known = {}

    def load_known(stream, Loader):
        if not isinstance(stream, (str, bytes)):
            return load(stream, Loader)
        key = (stream, Loader)
        if key not in known:
            document = load(stream, Loader)
            # A copy, because callers change what they get.
            known[key] = pickle.dumps(document)
            return document
        return pickle.loads(known[key])

    return load_known


def release_address(rename):
    def rename_released(renames, *arguments, **options):
        try:
            with open("${addressState}/card") as lines:
                card = lines.read().strip()
            mac = cloudinit.net.get_interface_mac(card)
            if any(entry[0] == mac and entry[1] != card for entry in renames):
                cloudinit.subp.subp(["ip", "address", "flush", "dev", card, "scope", "global"])
        except Exception:
            # Renaming it reports the problem.
            pass
        return rename(renames, *arguments, **options)

    return rename_released


yaml.load = remember(yaml.load)
if hasattr(cloudinit.net, "_rename_interfaces"):
    cloudinit.net._rename_interfaces = release_address(cloudinit.net._rename_interfaces)
`;

const preparationEnd = String.raw`gc.freeze()
gc.set_threshold(10000, 20, 20)
gc.enable()
`;

/** As /usr/bin/cloud-init, which also searches for the package that it is in. */
export const mainScriptText = String.raw`import gc
import pickle
import sys

${preparation}${preparationEnd}
sys.argv[0] = "/usr/bin/cloud-init"
sys.exit(cloudinit.cmd.main.main())
`;

/** Takes the request of a stage, and becomes the process that its unit would have started. */
export const stagesScriptText = String.raw`import gc
import logging
import os
import pickle
import signal
import socket
import sys
import time

${preparation}
# What more than one stage imports.
for name in ("distros.debian", "distros.ubuntu", "sources.DataSourceNoCloud"):
    try:
        __import__("cloudinit." + name)
    except ImportError:
        pass
try:
    cloudinit.util.read_conf_with_confd("/etc/cloud/cloud.cfg")
except Exception:
    # The first stage reports the problem.
    pass
${preparationEnd}

def receive(connection):
    data, messages, _, _ = connection.recvmsg(1 << 18, socket.CMSG_SPACE(12))
    arguments, _, environment = data.partition(b"\0\0")
    streams = messages[0][2] if messages else b""
    return (
        [os.fsdecode(argument) for argument in arguments.split(b"\0")],
        dict(entry.split(b"=", 1) for entry in environment.split(b"\0") if entry),
        [int.from_bytes(streams[at : at + 4], sys.byteorder) for at in range(0, len(streams), 4)],
    )


def join_control_group(pid):
    with open("/proc/%d/cgroup" % pid) as lines:
        groups = dict(line.rstrip("\n").split(":", 2)[1:] for line in lines)
    for hierarchy, mount in (("name=systemd", "/sys/fs/cgroup/systemd"), ("", "/sys/fs/cgroup")):
        try:
            with open(mount + groups[hierarchy] + "/cgroup.procs", "w") as members:
                members.write("0")
        except (KeyError, OSError):
            pass


def run(arguments):
    sys.argv = ["/usr/bin/cloud-init"] + arguments
    try:
        code = cloudinit.cmd.main.main()
    except SystemExit as exit:
        code = exit.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    return (code or 0) & 255


def become_stage(connection, arguments, environment, streams):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    join_control_group(int.from_bytes(peer[:4], sys.byteorder))
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    os.environb.clear()
    os.environb.update(environment)
    # An earlier stage may have set the time zone.
    time.tzset()
    connection.send(os.getpid().to_bytes(4, sys.byteorder))
    code = run(arguments)
    connection.send(bytes([code]))
    os._exit(code)


def serve(server):
    while True:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(10)
            arguments, environment, streams = receive(connection)
            connection.settimeout(None)
            if os.fork() == 0:
                server.close()
                become_stage(connection, arguments, environment, streams)
            for stream in streams:
                os.close(stream)
        if "--mode=final" in arguments:
            return


server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.bind(os.environ["RUNTIME_DIRECTORY"] + "/socket")
server.listen(8)
# A stage that comes later runs as packaged.
server.settimeout(600)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
    manager.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
try:
    serve(server)
except socket.timeout:
    pass
`;
