/*
 * Native code in a runner, as after a break out of V8: loaded into the runner's own process, it asks the kernel directly, past Node's permissions. What came of each
 * attempt is left in the environment variable FINDINGS as JSON: 0, or the error's number. Where nothing stops it, it does no harm: it also runs without a wall, as root.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int outcome(long result) { return result < 0 ? errno : 0; }

static int opened(const char *path, int flags) {
  int fd = open(path, flags, 0600);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

static int connected(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int error = fd < 0 ? errno : outcome(connect(fd, (struct sockaddr *)&to, sizeof to));
  close(fd);
  return error;
}

/* Sockets without a file, which only a network namespace hides. */
static int connected_by_name(const char *name) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path + 1, name, sizeof to.sun_path - 2);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  int error = fd < 0 ? errno : outcome(connect(fd, (struct sockaddr *)&to, sizeof(sa_family_t) + 1 + strlen(name)));
  close(fd);
  return error;
}

/* In a child: what it changes isn't the runner's. */
static int in_child(int (*attempt)(void)) {
  pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) _exit(attempt());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
static int become_root(void) { return outcome(setuid(0)); }
static int new_user_namespace(void) { return outcome(unshare(CLONE_NEWUSER)); }
/* Whoever may do this may mount; it changes nothing outside of the child. */
static int new_mount_namespace(void) { return outcome(unshare(CLONE_NEWNS)); }
static int raw_socket(void) { return outcome(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }

static int others(void) {
  int count = 0;
  DIR *proc = opendir("/proc");
  if (proc == NULL) return -1;
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;)
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && atoi(entry->d_name) != getpid()) count++;
  closedir(proc);
  return count;
}

/* Descriptors that lead to files, besides what Node itself has open: the engine's database would be one. */
static int files_left_open(void) {
  int count = 0;
  for (int fd = 0; fd < 1024; fd++) {
    struct stat about;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) count++;
  }
  return count;
}

__attribute__((constructor)) static void intrude(void) {
  pid_t engine = atoi(getenv("ENGINE"));
  char memory[64], findings[1024];
  snprintf(memory, sizeof memory, "/proc/%d/mem", engine);
  snprintf(findings, sizeof findings,
           "{\"uid\":%d,\"signal\":%d,\"trace\":%d,\"memory\":%d,\"secret\":%d,\"bystander\":%d,\"write\":%d,\"connect\":%d,\"named\":%d,"
           "\"root\":%d,\"namespace\":%d,\"mount\":%d,\"raw\":%d,\"others\":%d,\"files\":%d}",
           getuid(), outcome(kill(engine, 0)), outcome(ptrace(PTRACE_SEIZE, engine, NULL, NULL)), opened(memory, O_RDWR), opened(getenv("SECRET"), O_RDONLY),
           opened(getenv("BYSTANDER"), O_RDONLY), opened(getenv("PLACE"), O_WRONLY | O_CREAT), connected(atoi(getenv("TARGET_PORT"))),
           connected_by_name(getenv("NAMED")), in_child(become_root), in_child(new_user_namespace), in_child(new_mount_namespace), in_child(raw_socket), others(),
           files_left_open());
  setenv("FINDINGS", findings, 1);
}
