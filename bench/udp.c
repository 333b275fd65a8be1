// udp measures how many datagrams a second a netcat carries.
//
//	udp in SIZE SECONDS COMMAND...     what it reads from a pipe, one datagram
//	                                   for each write, and sends to PORT
//	udp out SIZE SECONDS COMMAND...    what it receives on PORT and writes
//
// PORT in the command is replaced by a port of 127.0.0.1. At most WINDOW
// datagrams are on their way, so that what is lost is lost by the netcat and not
// by a receive buffer that overflowed; one that has not come out after LOST
// seconds counts as lost. Prints the datagrams that came out a second, how many
// were lost of those that went in, and the netcat's microseconds of processor
// time for each. Linux.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 64, MAX = 65536 };
#define LOST 0.2

static char data[MAX], got[1 << 20];

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int datagrams(struct sockaddr_in *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof *a;
	memset(a, 0, sizeof *a);
	a->sin_family = AF_INET;
	a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)a, len) < 0 || getsockname(fd, (struct sockaddr *)a, &len) < 0)
		err(1, "socket");
	return fd;
}

static pid_t start(char **argv, int port, int in, int out)
{
	char text[16];
	snprintf(text, sizeof text, "%d", port);
	for (char **a = argv; *a; a++) {
		char *p = strstr(*a, "PORT"), *whole;
		if (!p)
			continue;
		if (asprintf(&whole, "%.*s%s%s", (int)(p - *a), *a, text, p + 4) < 0)
			err(1, "asprintf");
		*a = whole;
	}
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		dup2(in, 0);
		dup2(out, 1);
		execvp(*argv, argv);
		err(127, "%s", *argv);
	}
	return pid;
}

int main(int argc, char **argv)
{
	if (argc < 5 || (strcmp(argv[1], "in") && strcmp(argv[1], "out")))
		errx(2, "usage: udp in|out SIZE SECONDS COMMAND...");
	int inward = !strcmp(argv[1], "in"), size = atoi(argv[2]);
	double seconds = atof(argv[3]);
	if (size < 1 || size > 4096 || seconds <= 0)
		errx(2, "a size of 1 to 4096 bytes and a time expected");
	struct sockaddr_in a;
	int sock = datagrams(&a), in[2], out[2];
	// Packets: one write is one read (pipe(2)).
	if (pipe2(in, O_DIRECT | O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		err(1, "pipe");
	fcntl(in[1], F_SETFL, O_DIRECT | O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	signal(SIGPIPE, SIG_IGN);
	int port = ntohs(a.sin_port);
	if (!inward) { // the netcat's own port: one that was free a moment ago
		struct sockaddr_in b;
		int other = datagrams(&b);
		port = ntohs(b.sin_port);
		close(other);
		if (connect(sock, (struct sockaddr *)&b, sizeof b) < 0)
			err(1, "connect");
	}
	pid_t pid = start(argv + 4, port, in[0], out[1]);
	close(in[0]);
	close(out[1]);

	// The first goes again and again until it has come out.
	int source = inward ? in[1] : sock, drain = inward ? sock : out[0];
	struct pollfd wait = {drain, POLLIN, 0};
	for (double t = now(); poll(&wait, 1, 20) < 1;) {
		if (now() - t > 5)
			errx(1, "nothing came out of %s", argv[4]);
		if (write(source, data, size) < 0 && errno != ECONNREFUSED && errno != EAGAIN)
			err(1, "write");
	}
	usleep(200000);
	while (read(drain, got, sizeof got) > 0)
		;

	long went = 0, came = 0, bytes = 0, lost = 0;
	double began = now(), last = began, end = began + seconds, t;
	while ((t = now()) < end) {
		if (went - came - lost < WINDOW) {
			ssize_t n = write(source, data, size);
			if (n == size) {
				if (++went - came - lost < WINDOW && went % 8)
					continue;
			} else if (n >= 0 || (errno != EAGAIN && errno != ECONNREFUSED))
				err(1, "write");
		} else
			poll(&wait, 1, 20);
		ssize_t n;
		while ((n = read(drain, got, sizeof got)) > 0) {
			bytes += n;
			came = bytes / size;
			last = t;
		}
		if (n == 0)
			errx(1, "%s has ended", argv[4]);
		if (t - last > LOST && went > came + lost) {
			lost = went - came;
			last = t;
		}
	}
	double took = now() - began;
	for (double stop = now() + LOST; now() < stop && came < went;) {
		ssize_t n = read(drain, got, sizeof got);
		if (n > 0)
			bytes += n;
		else
			poll(&wait, 1, 20);
		came = bytes / size;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	struct rusage u;
	getrusage(RUSAGE_CHILDREN, &u);
	double cpu = u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	printf("%.0f %ld %.2f\n", came / took, went - came, cpu * 1e6 / (came ? came : 1));
	return 0;
}
