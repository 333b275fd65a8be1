// ref_throughput: the fastest plain way to move bytes between a pipe and a TCP socket on
// this kernel, as the limit that a netcat is measured against.
//   ref sink PORT             accept one connection, discard all in the kernel (MSG_TRUNC)
//   ref source PORT BYTES     accept one connection, send BYTES from a memfd by sendfile
//   ref send HOST PORT        stdin -> socket: splice (pipe) or sendfile (file)
//   ref recv HOST PORT        socket -> stdout: splice (pipe), through a pipe otherwise
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
static void die(const char *s) { perror(s); exit(1); }
static int accept_on(int port) {
  int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(s, (void *)&a, sizeof a) || listen(s, 16)) die("listen");
  socklen_t len = sizeof a;
  getsockname(s, (void *)&a, &len);
  printf("%d\n", ntohs(a.sin_port)); // port 0 is any that is free
  fflush(stdout);
  int c = accept(s, 0, 0);
  if (c < 0) die("accept");
  return c;
}
static int dial(const char *h, int port) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, h, &a.sin_addr);
  for (int i = 0; i < 200; i++) {
    if (!connect(s, (void *)&a, sizeof a)) return s;
    close(s); usleep(10000); s = socket(AF_INET, SOCK_STREAM, 0);
  }
  die("connect"); return -1;
}
int main(int argc, char **argv) {
  if (argc < 3) return 2;
  if (!strcmp(argv[1], "sink")) {
    int c = accept_on(atoi(argv[2]));
    char *b = malloc(1 << 20); long long t = 0; ssize_t n;
    while ((n = recv(c, b, 1 << 20, MSG_TRUNC)) > 0) t += n;
    fprintf(stderr, "%lld\n", t); return 0;
  }
  if (!strcmp(argv[1], "source")) {
    int c = accept_on(atoi(argv[2])); long long left = atoll(argv[3]);
    int m = memfd_create("src", 0); if (ftruncate(m, 64 << 20)) die("ftruncate");
    char *p = mmap(0, 64 << 20, PROT_WRITE, MAP_SHARED, m, 0); memset(p, 'x', 64 << 20);
    while (left > 0) { off_t o = 0; while (o < (64 << 20) && left > 0) {
      size_t want = (64 << 20) - o; if ((long long)want > left) want = left;
      ssize_t n = sendfile(c, m, &o, want); if (n <= 0) return 1; left -= n; } }
    return 0;
  }
  int s = dial(argv[2], atoi(argv[3]));
  struct stat st; ssize_t n;
  if (!strcmp(argv[1], "send")) {
    fstat(0, &st);
    if (S_ISFIFO(st.st_mode)) { fcntl(0, F_SETPIPE_SZ, 1 << 20);
      while ((n = splice(0, 0, s, 0, 1 << 20, SPLICE_F_MOVE | SPLICE_F_MORE)) > 0); }
    else while ((n = sendfile(s, 0, 0, 1 << 30)) > 0);
    if (n < 0) die("send");
    shutdown(s, SHUT_WR); char b[64]; while (read(s, b, 64) > 0); return 0;
  }
  fstat(1, &st);
  if (S_ISFIFO(st.st_mode)) { fcntl(1, F_SETPIPE_SZ, 1 << 20);
    while ((n = splice(s, 0, 1, 0, 1 << 20, SPLICE_F_MOVE | SPLICE_F_MORE)) > 0); }
  else { int p[2]; if (pipe(p)) die("pipe"); fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
    while ((n = splice(s, 0, p[1], 0, 1 << 20, SPLICE_F_MOVE)) > 0)
      while (n > 0) { ssize_t m = splice(p[0], 0, 1, 0, n, SPLICE_F_MOVE); if (m <= 0) die("splice"); n -= m; } }
  if (n < 0) die("recv");
  return 0;
}
