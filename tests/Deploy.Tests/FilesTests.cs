using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Deploy.Tests;

/// <summary>What holds for every file of the deployment.</summary>
public sealed partial class FilesTests
{
    public static TheoryData<string> Yaml => [.. DeployFile.All.Where(file => file.IsYaml).Select(file => file.Path)];

    public static TheoryData<string> Json => [.. DeployFile.All.Where(file => file.IsJson).Select(file => file.Path)];

    public static TheoryData<string> All => [.. DeployFile.All.Select(file => file.Path)];

    [Theory]
    [MemberData(nameof(Yaml))]
    public void A_YAML_file_is_one_document_of_settings(string path) => Assert.NotEmpty(new DeployFile(path).Yaml().Children);

    [Theory]
    [MemberData(nameof(Json))]
    public void A_JSON_file_is_one_object(string path) => Assert.NotEmpty(JsonNode.Parse(new DeployFile(path).Text)!.AsObject());

    [Theory]
    [MemberData(nameof(All))]
    public void Every_image_is_pinned_to_a_version(string path)
    {
        foreach (Match image in Image().Matches(new DeployFile(path).Text))
        {
            Assert.True(Pinned().IsMatch(image.Groups[1].Value), $"{path}: {image.Groups[1].Value} is not pinned to a full version");
        }
    }

    [Fact]
    public void There_are_images_to_pin() => Assert.Equal(10, DeployFile.All.Where(file => !file.IsTemplate).Sum(file => Image().Count(file.Text)));

    [Theory]
    [MemberData(nameof(All))]
    public void No_file_names_the_host_of_a_package_registry(string path) =>
        Assert.DoesNotMatch("(?i)nuget\\.org|pypi\\.org|npmjs\\.(org|com)|pkgs\\.dev\\.azure|files\\.pythonhosted", new DeployFile(path).Text);

    // Lines of compose files and Dockerfiles; the chart's are in values.yaml, where the schema refuses 'latest'.
    [GeneratedRegex(@"^(?:FROM|\s*image:)[ \t]+([^\s{""]+)", RegexOptions.Multiline)]
    private static partial Regex Image();

    [GeneratedRegex(@":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$")]
    private static partial Regex Pinned();
}
