"""Programs that a script may rightly call though a box does not have them."""

_NAMES = """
ansible ansible-playbook apk apt apt-get aws az bc certbot chronyc conda crictl cron crontab ctr
curl dig dnf doas docker docker-compose dpkg etcdctl exiftool ffmpeg firewall-cmd flux fuser gcc
gcloud gh git go gpg gsutil helm host hostnamectl htop hub iconv ifconfig inotifywait ip iptables
java jq journalctl k3s k9s kind kubeadm kubectl kubelet kustomize lsb_release lsof lvs mail make
mc md5 minikube mlflow mongo mongodump mosquitto_pub mount.nfs mutt mvn mysql mysqladmin mysqldump
nc ncat netstat nginx nmap nmcli node npm npx nproc ntpdate nvidia-smi openssl pandoc parallel
parted pg_dump pg_isready pg_restore pigz ping pip pip3 pnpm podman psql pv python python2 python3
ray rclone redis-cli restic rg rpm rsync ruby s3cmd scp screen sendmail service sftp shellcheck
skopeo socat sqlite3 ss ssh ssh-add ssh-agent ssh-keygen sshpass strace sudo supervisorctl
systemctl tcpdump telnet terraform tmux tofu traceroute tree ufw unzip useradd usermod vault
virtualenv wg wget whois xmllint xxd yarn yq yum zip zsh zstd
"""

KNOWN_PROGRAMS = frozenset(_NAMES.split())
"""What scripts for infrastructure draw on beyond coreutils and util-linux."""
