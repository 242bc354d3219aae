using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Storage.Tests.Artifacts;

public sealed class ArtifactAddressTests
{
    [Theory]
    [InlineData("s3://bucket", "bucket", "")]
    [InlineData("s3://bucket/", "bucket", "")]
    [InlineData("S3://my.bucket-1/a/b_c/", "my.bucket-1", "a/b_c/")]
    public void A_bucket_is_read_with_its_prefix(string text, string bucket, string prefix) =>
        Assert.Equal(new ArtifactAddress.Bucket(bucket, prefix, new Uri("https://s3.example:9000")), ArtifactAddress.Parse(text, "https://s3.example:9000"));

    [Theory]
    [InlineData("/shared/artifacts")]
    [InlineData("artifacts")]
    [InlineData("s3")]
    public void Anything_else_is_a_folder(string path) => Assert.Equal(new ArtifactAddress.Folder(path), ArtifactAddress.Parse(path));

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3://B/x")]
    [InlineData("s3://user:secret@bucket/x")]
    [InlineData("s3://bucket/../x?y")]
    [InlineData("s3://bucket/a b")]
    public void What_is_no_bucket_is_refused_with_the_form(string text) =>
        Assert.Contains("s3://bucket/prefix", Assert.Throws<ArtifactException>(() => ArtifactAddress.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("s3.example:9000")]
    [InlineData("http://me:hunter2@s3.example")]
    [InlineData("http://s3.example/bucket")]
    [InlineData("ftp://s3.example")]
    public void An_endpoint_that_is_no_server_is_refused_without_repeating_it(string endpoint)
    {
        var wrong = Assert.Throws<ArtifactException>(() => ArtifactAddress.Parse("s3://bucket", endpoint));

        Assert.Contains("ORCHESTRATOR_S3_ENDPOINT", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", wrong.Message, StringComparison.Ordinal);
    }
}
