using System.Numerics;

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>
/// The measures of one person. Unit of length: half the height of the head; the origin lies between the eyes' height and the skull's middle,
/// x to the viewer's right, y up, z to the viewer.
/// </summary>
internal sealed class Anatomy
{
    public Anatomy(PortraitAttributes person, Draws draws, Look look)
    {
        Person = person;
        Draws = draws;
        Look = look;
        var man = person.Gender == Gender.Man ? 1f : 0f;
        float Bone(int i, float spread) => spread * (2 * draws.Unit(Purpose.Bones, i) - 1);
        FaceWidth = 0.565f + 0.02f * man + Bone(0, 0.045f);
        JawWidth = 0.36f + 0.06f * man + Bone(1, 0.05f);
        ChinDrop = -0.86f - 0.03f * man + Bone(2, 0.05f);
        EyeApart = 0.275f + Bone(3, 0.02f);
        EyeWide = 0.145f + Bone(4, 0.012f);
        EyeOpen = 0.066f - 0.006f * man + Bone(5, 0.012f) - (person.Age == AgeBand.Old ? 0.008f : 0);
        BrowHigh = 0.205f - 0.03f * man + Bone(6, 0.025f);
        BrowThick = 0.03f + 0.014f * man + Bone(7, 0.008f);
        NoseLong = -0.37f + Bone(8, 0.04f);
        NoseWide = 0.105f + 0.012f * man + Bone(9, 0.022f) + (person.Skin >= SkinTone.Brown ? 0.015f : 0);
        MouthHigh = -0.60f + Bone(10, 0.03f);
        MouthWide = 0.215f + Bone(11, 0.025f);
        LipFull = 0.05f - 0.012f * man + Bone(12, 0.012f) - (person.Age == AgeBand.Old ? 0.01f : 0);
        NeckThick = 0.315f + 0.075f * man + Bone(13, 0.03f);
        Shoulders = 1.3f + 0.2f * man + Bone(14, 0.08f);
        Smile = person.Expression switch { Expression.Smile => draws.Between(Purpose.Bones, 15, 0.75f, 1.1f), Expression.Serious => -0.3f, _ => 0.08f };
        Teeth = Smile > 0.5f && draws.Unit(Purpose.Bones, 16) < 0.6f;
        MouthWide *= 1 + 0.24f * MathF.Max(Smile, 0);
        EyeOpen *= 1 - 0.14f * MathF.Max(Smile, 0);
        SkinAlbedo = Pigment.Skin(person.Skin, draws.Between(Purpose.Tint, 0, -0.45f, 0.45f));
        HairAlbedo = Pigment.Hair(person.HairColour) * draws.Between(Purpose.Tint, 1, 0.8f, 1.2f);
        IrisAlbedo = Pigment.Iris(draws.Unit(Purpose.Tint, 2) * (person.Skin >= SkinTone.Tan ? 0.55f : 1f));
        Years = person.Age switch { AgeBand.Young => 0.05f, AgeBand.Adult => 0.4f, _ => 1f };

        // a generator mirrors one half of the face; a camera finds two different ones
        var uneven = look == Look.Captured ? 1f : 0f;
        float Side(int i, float spread) => uneven * spread * (draws.Unit(Purpose.Asymmetry, i) < 0.5f ? -1 : 1) * draws.Between(Purpose.Asymmetry, i + 20, 0.45f, 1f);
        EyeSlant = Side(0, 0.05f);
        NoseBend = Side(1, 0.05f);
        MouthSlant = Side(2, 0.10f);
        BrowLift = Side(3, 0.04f);
        EyeSize = Side(4, 0.14f);
        JawShift = Side(5, 0.035f);
        Parting = uneven * 0.6f * draws.Between(Purpose.Asymmetry, 6, -1, 1) + (uneven > 0 ? MathF.CopySign(0.4f, draws.Unit(Purpose.Asymmetry, 7) - 0.5f) : 0);
        IrisShift = uneven * 0.02f * (draws.Unit(Purpose.Asymmetry, 8) - 0.5f);

        var wide = draws.Between(Purpose.Framing, 0, 0.36f, 0.52f);
        Yaw = person.Pose switch { Pose.Left => -wide, Pose.Right => wide, _ => 0 };
        Roll = person.Pose == Pose.Tilted ? MathF.CopySign(draws.Between(Purpose.Framing, 1, 0.13f, 0.2f), draws.Unit(Purpose.Framing, 2) - 0.5f) : 0;
        Pitch = draws.Between(Purpose.Framing, 3, -0.05f, 0.06f);
        Zoom = draws.Between(Purpose.Framing, 4, 2.85f, 3.15f);
        Shift = new(draws.Between(Purpose.Framing, 5, -0.06f, 0.06f), draws.Between(Purpose.Framing, 6, -0.05f, 0.05f), 0);
    }

    public PortraitAttributes Person { get; }
    public Draws Draws { get; }
    public Look Look { get; }
    public float FaceWidth { get; }
    public float JawWidth { get; }
    public float ChinDrop { get; }
    public float EyeApart { get; }
    public float EyeWide { get; }
    public float EyeOpen { get; }
    public float EyeHigh => 0.0f;
    public float BrowHigh { get; }
    public float BrowThick { get; }
    public float NoseLong { get; }
    public float NoseWide { get; }
    public float MouthHigh { get; }
    public float MouthWide { get; }
    public float LipFull { get; }
    public float NeckThick { get; }
    public float Shoulders { get; }
    public float Smile { get; }
    public bool Teeth { get; }
    public float Years { get; }
    public Vector3 SkinAlbedo { get; }
    public Vector3 HairAlbedo { get; }
    public Vector3 IrisAlbedo { get; }
    public float EyeSlant { get; }
    public float NoseBend { get; }
    public float MouthSlant { get; }
    public float BrowLift { get; }
    public float EyeSize { get; }
    public float JawShift { get; }
    public float Parting { get; }
    public float IrisShift { get; }
    public float Yaw { get; }
    public float Roll { get; }
    public float Pitch { get; }

    /// <summary>Height of the frame in head units.</summary>
    public float Zoom { get; }

    public Vector3 Shift { get; }

    /// <summary>How much real texture there is: 1 before a camera, 0 in a generator's picture.</summary>
    public float Grain => Look == Look.Captured ? 1f : 0f;
}
