// ref_roundtrip: the limit that the round trips of bench/lua.sh are measured
// against: N of them, 20 bytes each, over CONNS connections, by one thread and
// epoll. Prints how many a second.
//   ref_roundtrip HOST:PORT N CONNS
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char ping[] = "ping pong ping pong!";
enum { size = sizeof ping - 1 };

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  char *port = strrchr(argv[1], ':');
  *port++ = 0;
  struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, argv[1], &addr.sin_addr);
  int n = atoi(argv[2]), conns = atoi(argv[3]), live = conns, one = 1;
  int *left = calloc(conns, sizeof *left), *fds = calloc(conns, sizeof *fds);
  int set = epoll_create1(0);
  double began = now();
  for (int i = 0; i < conns; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (void *)&addr, sizeof addr)) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev)) die("epoll_ctl");
    fds[i] = fd, left[i] = n / conns;
    if (write(fd, ping, size) != size) die("write");
  }
  while (live > 0) {
    struct epoll_event ready[128];
    int k = epoll_wait(set, ready, 128, -1);
    if (k < 0) die("epoll_wait");
    for (int j = 0; j < k; j++) {
      char buf[4096];
      int i = ready[j].data.u32;
      if (read(fds[i], buf, sizeof buf) != size || memcmp(buf, ping, size)) die("read");
      if (--left[i] == 0) {
        close(fds[i]);
        live--;
      } else if (write(fds[i], ping, size) != size) die("write");
    }
  }
  printf("%.0f\n", n / (now() - began));
  return 0;
}
