using System.Security.Cryptography;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Storage.Tests.Artifacts;

/// <summary>What checkpoints and snapshots rely on, in any artifact store.</summary>
public abstract class ArtifactConformance
{
    private protected abstract IArtifactStore Store { get; }

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected static byte[] Content(int length, int seed = 1)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_096)]
    [InlineData(20_000_000)]
    public async Task Content_comes_back_under_the_hash_of_its_bytes(int length)
    {
        var content = Content(length);

        var hash = await Store.Put(content, Cancellation);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), hash);
        Assert.True(await Store.Exists(hash, Cancellation));
        Assert.Equal(content, await Store.Get(hash, Cancellation));
        using var copies = new TemporaryFolder();
        Assert.Equal(content, await File.ReadAllBytesAsync(await Store.Local(hash, copies.Path, Cancellation), Cancellation));
        Assert.Equal(content, await File.ReadAllBytesAsync(await Store.Local(hash, copies.Path, Cancellation), Cancellation));
    }

    [Fact]
    public async Task Storing_the_same_content_many_times_at_once_is_one_artifact()
    {
        var content = Content(100_000);

        var hashes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Store.Put(content, Cancellation)));

        Assert.Single(hashes.Distinct());
        Assert.Equal(content, await Store.Get(hashes[0], Cancellation));
    }

    [Fact]
    public async Task What_was_never_stored_is_an_error_that_names_it()
    {
        var hash = new string('a', 64);

        var missing = await Assert.ThrowsAsync<ArtifactException>(() => Store.Get(hash, Cancellation));
        Assert.False(missing.MayPass);
        Assert.False((await Assert.ThrowsAsync<ArtifactException>(() => Store.Local(hash, Path.GetTempPath(), Cancellation))).MayPass);

        Assert.Contains(hash, missing.Message, StringComparison.Ordinal);
        Assert.False(await Store.Exists(hash, Cancellation));
        await Store.Delete(hash, Cancellation);
    }

    [Fact]
    public async Task What_was_deleted_is_gone_and_may_be_stored_again()
    {
        var hash = await Store.Put(Content(10), Cancellation);
        await Store.Delete(hash, Cancellation);

        Assert.False(await Store.Exists(hash, Cancellation));
        Assert.Equal(hash, await Store.Put(Content(10), Cancellation));
        Assert.Equal(Content(10), await Store.Get(hash, Cancellation));
    }

    public static TheoryData<string> NoNames =>
    [
        "", ".", "..", "../../etc/passwd", "/etc/passwd", new string('a', 63), new string('a', 65), new string('A', 64), new string('g', 64),
        new string('a', 62) + "/.", "../" + new string('a', 61), new string('a', 63) + "\0", new string('a', 63) + "\n", new string('\u0661', 64), new string('a', 64) + "/..",
    ];

    [Theory]
    [MemberData(nameof(NoNames))]
    public async Task A_name_that_is_no_hash_is_refused_whatever_is_asked(string name)
    {
        await Assert.ThrowsAsync<ArtifactException>(() => Store.Get(name, Cancellation));
        await Assert.ThrowsAsync<ArtifactException>(() => Store.Local(name, Path.GetTempPath(), Cancellation));
        await Assert.ThrowsAsync<ArtifactException>(() => Store.Exists(name, Cancellation));
        await Assert.ThrowsAsync<ArtifactException>(() => Store.Delete(name, Cancellation));
    }
}
