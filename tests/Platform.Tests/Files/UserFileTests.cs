using System.Diagnostics;
using System.Net.Sockets;
using Orchestrator.Platform.Files;

namespace Orchestrator.Platform.Tests.Files;

public sealed class UserFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_text_is_read_without_its_byte_order_mark()
    {
        Assert.Equal("abc"u8.ToArray(), UserFile.ReadText(Write([0xEF, 0xBB, 0xBF, .. "abc"u8]), 10));
        Assert.Equal("abc"u8.ToArray(), UserFile.ReadText(Write([.. "abc"u8]), 10));
        Assert.Empty(UserFile.ReadText(Write([0xEF, 0xBB, 0xBF]), 10));
        Assert.Equal([0xEF, 0xBB, 0xBF], UserFile.ReadText(Write([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF]), 10)); // a second one is content
    }

    [Fact]
    public void What_is_no_regular_file_is_refused_without_waiting()
    {
        var (pipe, socket) = (Path.Combine(_folder, "pipe"), Path.Combine(_folder, "socket"));
        using (var make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(socket));

        Assert.Equal($"{pipe}: this is a pipe, not a regular file; write what is to be read into a file and name that", Refusal(pipe));
        Assert.Contains("this is a socket", Refusal(socket));
        Assert.Contains("this is a device", Refusal("/dev/zero"));
        Assert.Contains("this is a folder", Refusal(_folder));
    }

    [Fact]
    public void A_file_that_cannot_be_had_is_told_with_its_name_and_the_reason()
    {
        var (missing, loop) = (Path.Combine(_folder, "missing"), Path.Combine(_folder, "loop"));
        File.CreateSymbolicLink(loop, loop);

        Assert.Equal($"{missing}: the file does not exist; check the path", Refusal(missing));
        Assert.Contains($"{loop}: the file cannot be read (Too many levels of symbolic links", Refusal(loop));
        Assert.Contains("the file is longer than 3 bytes; name a smaller one", Refusal(Write([1, 2, 3, 4])));
        Assert.Contains("line 2: the file is not UTF-8; save it as UTF-8", Refusal(Write([(byte)'\n', 0xFF])));
        Assert.Contains("zero byte", Refusal("a\0b"));
    }

    [Fact]
    public void A_link_to_a_file_is_that_file()
    {
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, Write([.. "abc"u8]));

        Assert.Equal("abc"u8.ToArray(), UserFile.ReadText(link, 3));
    }

    private static string Refusal(string path) => Assert.Throws<UserFileException>(() => UserFile.ReadText(path, 3)).Message;

    private string Write(byte[] content)
    {
        var path = Path.Combine(_folder, "file");
        File.WriteAllBytes(path, content);
        return path;
    }
}
