/** A hash as another system has written it, the password, and what is stored in its place. */
export interface Vector {
  readonly stored: string;
  readonly password: string;
  /** Kept as it was, kept in the spelling of here, or wrapped. */
  readonly as: 'given' | 'respelled' | 'wrapped';
  /** The algorithm inside. */
  readonly inside?: string;
}

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '');
const HORSE = 'correct horse';
const SURE = 'Tr\u00e8s s\u00fbr, n\u00b0 7';

const wrapped = (inside: string, stored: string, password = HORSE): Vector => ({
  stored,
  password,
  as: 'wrapped',
  inside,
});
const kept = (as: 'given' | 'respelled', stored: string, password = HORSE): Vector => ({
  stored,
  password,
  as,
});

/** From the standards, and made by Django 5.2, passlib 1.7.4 and crypt(3) of glibc. */
export const VECTORS: Readonly<Record<string, Vector>> = {
  'PBKDF2-SHA-1 of RFC 6070': wrapped(
    'pbkdf2-sha1',
    `$pbkdf2-sha1$i=4096,l=20$c2FsdA$${base64('4b007901b765489abead49d926f721d065a429c1')}`,
    'password',
  ),
  'scrypt of RFC 7914, section 12': wrapped(
    'scrypt',
    `$scrypt$ln=14,r=8,p=1$${base64(Buffer.from('SodiumChloride').toString('hex'))}$${base64(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
        'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    )}`,
    'pleaseletmein',
  ),
  'bcrypt 2a of crypt_blowfish': wrapped(
    'bcrypt',
    '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    'U*U',
  ),
  'bcrypt 2y of passlib': wrapped('bcrypt', '$2y$05$T.yWtOs8I.KOKIvr6E8xO.4.jBUOZEG/Chp5YHGPI1UwSUDAs/hoS'),
  'bcrypt in {CRYPT}': wrapped(
    'bcrypt',
    '{CRYPT}$2b$05$bQHL8iHvdpRIBPHyxBYhsOicIvJlU6jw9Xjp09b5nGOPsiH.Xvm2C',
  ),
  'bcrypt of Django': wrapped(
    'bcrypt',
    'bcrypt$$2b$05$7n3uC2Nzv2.l/Kt5IQPGvOB.eazcifRq0vQqYnXudbd5h/TkshSOq',
  ),
  'bcrypt_sha256 of Django, of more than 72 bytes': wrapped(
    'bcrypt-sha256',
    'bcrypt_sha256$$2b$05$a3HTimOJcz6FvO.O6mYJ3uEBjKLvfvAcuIakWrDytPGEU9tsf6yem',
    `${HORSE}${'x'.repeat(80)}`,
  ),
  'sha512crypt of its specification': wrapped(
    'sha512crypt',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
    'Hello world!',
  ),
  'sha512crypt of its specification, with rounds': wrapped(
    'sha512crypt',
    '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
    'Hello world!',
  ),
  'sha512crypt of passlib': wrapped(
    'sha512crypt',
    '$6$rounds=1234$LVkq0AE4F0rsWIEY$1fi6wF1kVTdRUTF1X9cm//3rDb6uhGhvj.HNzBJPagkp0rp2vLzflcbdoGC86nFZebYfd4oksdt4z75pgRR5G1',
    SURE,
  ),
  'sha512crypt of a password of 200 bytes, in {CRYPT}': wrapped(
    'sha512crypt',
    '{CRYPT}$6$rounds=1000$iazGjC41vQIzdg7s$OCZmw8GtqoHAd0OQyjL.rj0Dei4BgmMuSp6.W9d3T8uY0fq8VmNnFji2.9N3PgziASzY.FdZL9b2ey6TcVyTD/',
    'x'.repeat(200),
  ),
  'sha512crypt of glibc, of the longest password': wrapped(
    'sha512crypt',
    '$6$saltstring$sB5o1/NAESoB6Sqlk/y.q3xgRCfOVIq1NhoQMI9.qi.bR1CmOnPRBoQLKbvRhMdPSll2ff/NXPkwIW7YkGJeH/',
    'x'.repeat(511),
  ),
  '{SSHA}': wrapped('sha1', '{SSHA}pT6Ln7UgR+sq9cXU7gHXhKeMvyc1hjAm', SURE),
  '{ssha}, its scheme in small letters': wrapped('sha1', '{ssha}pT6Ln7UgR+sq9cXU7gHXhKeMvyc1hjAm', SURE),
  '{SHA}': wrapped('sha1', '{SHA}L55TUjtiq8FBorTWAZ0jy6g129A='),
  '{SSHA256}': wrapped('sha256', '{SSHA256}BjKCBOSmqbV5P5d+PjKqpbBR/rIWClSDSl7exaaoyPVv7f3fe4+xFg=='),
  '{SSHA512}': wrapped(
    'sha512',
    '{SSHA512}bk0EncdSHGclUd4SoZwGXjv2aE3GJjEx6oWoLB58FMeReORCOb0X3LkzKw/gx3sNJgTAW78P5MqFW/uhDHtrpOpdKyUEwFgL',
  ),
  'pbkdf2_sha256 of Django': wrapped(
    'pbkdf2-sha256',
    'pbkdf2_sha256$1000$seasalt2$oksQ9Bdi8Bce0okH61Cis7qICJfP+cYfDOnMdNPMzK8=',
  ),
  'pbkdf2_sha256 of Django, as today': kept(
    'respelled',
    'pbkdf2_sha256$600000$seasalt2$bmOU19sC9AtlA6aERAlQorZpqYkD87Hou6PG+mlmyqc=',
  ),
  'pbkdf2_sha1 of Django': wrapped('pbkdf2-sha1', 'pbkdf2_sha1$1000$seasalt2$z8uI+Wl4zj9ngVTOBcFxL2SxGng='),
  'argon2 of Django': kept(
    'given',
    'argon2$argon2id$v=19$m=1024,t=2,p=2$c2Vhc2FsdHNlYXNhbHQ$oJdHD4JOafdr/n7qYU5ZG+FM5C9CbDdgj6A2UCWc5Wo',
  ),
  'scrypt of Django': wrapped(
    'scrypt',
    'scrypt$1024$seasalt2$8$2$c5BsrCt6jjYkK1tkfLs7hGquK2Ab+Sv08kiRutTy/3ReC4h4RfHRFDSIqWfAHjxpQayS/wBIKHCpo2nq2z4Uug==',
  ),
  'pbkdf2 of passlib': wrapped(
    'pbkdf2-sha1',
    '$pbkdf2$1200$qjUmRKhVKoWwNmYshRACIA$RqCBCChoym6EfplzHjnUXefMuNA',
  ),
  'pbkdf2-sha256 of passlib': wrapped(
    'pbkdf2-sha256',
    '$pbkdf2-sha256$1200$bK01Rsh5z5lTqhVCqJUSgg$ThFv5okXcmepbRRlcneEHOTiJWGQd8YecDqYa2VunXc',
    SURE,
  ),
  'pbkdf2-sha512 of passlib': wrapped(
    'pbkdf2-sha512',
    '$pbkdf2-sha512$1200$PmdMKeV8j/FeC2GMce49hw$WZnee3sliF2iYSulJQwyG0qFXm4ANdPbCo9JLhK8sVRINk6NAGp9G3ATeSJjDacLVXemwx0JWZyeOQknvVExTA',
  ),
  '{PBKDF2}': wrapped('pbkdf2-sha1', '{PBKDF2}1200$OMfY2zunVOo9Z0wJoVSqFQ$kRaeenEyXEkABmrACzS1OZ9L6Qk'),
  '{PBKDF2-SHA256}': wrapped(
    'pbkdf2-sha256',
    '{PBKDF2-SHA256}1200$staaE.IcQ4iR8l6rtdYagw$sM0oGJwkakRe0wGEh2PX0H63NGnPdRJSYaTwbqHk2BA',
  ),
  '{PBKDF2-SHA512}': wrapped(
    'pbkdf2-sha512',
    '{PBKDF2-SHA512}1200$xZizdg6BcG6N8V7rXat1zg$ddtr.N0VJ4jeW4VE30X29Mdmzg1wsKaxNkITpIWVoNPoTD1yqW9M/2g/XzKqBJZA/FZ.Jo2qv/QSfFTa249GoA',
  ),
  'scrypt of passlib': wrapped(
    'scrypt',
    '$scrypt$ln=8,r=8,p=1$k7J2jnHO2VtL6Z1TSknp/Q$DlvMA0o5CnxNRbHRlbHmXxktpX034GIfPe4eUo57GXI',
  ),
  'argon2d of passlib': wrapped(
    'argon2d',
    '$argon2d$v=19$m=512,t=2,p=1$+B8jxFirtdZa6907hzBmDA$RCD1VZqYCHzmAIINFo/aiy5n7Hc9rUUR5ZS4lbviMl0',
  ),
  'argon2i of passlib': wrapped(
    'argon2i',
    '$argon2i$v=19$m=512,t=2,p=1$XQtBKIVQirG29j6nNAZAaA$WVEBM/HRTZO6mHoI8/mWOAoNJaKP1dhPV6QslRoI8SY',
  ),
  'argon2i of passlib, in {ARGON2}': wrapped(
    'argon2i',
    '{ARGON2}$argon2i$v=19$m=512,t=2,p=1$XQtBKIVQirG29j6nNAZAaA$WVEBM/HRTZO6mHoI8/mWOAoNJaKP1dhPV6QslRoI8SY',
  ),
  'argon2id of passlib': kept(
    'given',
    '$argon2id$v=19$m=512,t=2,p=4$AKA0ZizlnDPGuFdqDUGotQ$iJtwYyNQF9Qey/jfUGrLFxTDVuMXn3w+IZF42IAlkj0',
  ),
  'scrypt of Firebase': wrapped(
    'firebase-scrypt',
    '$firebase-scrypt$ln=14,r=8,ss=Bw==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    'user1password',
  ),
  'scrypt of Firebase, in the web-safe alphabet': wrapped(
    'firebase-scrypt',
    '$firebase-scrypt$ln=14,r=8,ss=Bw$42xEC-ixf3L2lw$lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo78198JAdRuid5lQ',
    'user1password',
  ),
};

/** That of the project of the vector above (https://github.com/firebase/scrypt). */
export const SIGNER_KEY = Buffer.from(
  'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  'base64',
);
